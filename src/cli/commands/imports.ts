/** `ringthrough imports`: how imports are doing; and to apply, cancel or revert one. */
import { Option, type Command } from 'commander';
import { action, emit, part, positiveInteger, show, showList, type Context, type Shell } from '../context.ts';
import type { Exit } from '../exits.ts';
import { exitOf, progressLine, report, untilSettled, type ImportView } from '../import-view.ts';
import { createProgress, say } from '../io.ts';
import { moment, tableOr } from '../layout.ts';

const SETTLED: readonly ImportView['state'][] = ['waiting', 'done', 'refused', 'cancelled', 'expired', 'aborted'];

function listLines(items: ImportView[]): string[] {
  const rows = items.map(({ id, startedAt, kind, state, dryRun, rows: count, rowsDone, created, changed, removed, rejected }) => [
    id,
    moment(startedAt),
    dryRun ? 'dry run' : kind,
    state,
    `${rowsDone}/${count}`,
    String(created),
    String(changed),
    String(removed),
    String(rejected),
  ]);
  return tableOr('No imports.', ['import', 'started', 'kind', 'state', 'rows', 'created', 'changed', 'removed', 'rejected'], rows);
}

async function see(context: Context, id: string | undefined, { limit }: { limit: number }): Promise<void> {
  if (id === undefined) return showList<ImportView>(context, { path: '/v1/imports', limit, lines: listLines });
  const { text, body } = await context.client.ask<ImportView>('GET', `/v1/imports/${part(id)}`);
  if (context.json) return emit(context, text);
  if (!SETTLED.includes(body.state)) return say(context.io, `Import ${id}`, `  ${progressLine(body)}`);
  await report(context, body);
}

/** Stays until it has settled, and says what it came to. */
export async function follow(context: Context, id: string): Promise<Exit> {
  const progress = createProgress(context.io);
  try {
    const { text, body } = await untilSettled(context, id, progress);
    progress.clear();
    if (context.json) emit(context, text);
    else await report(context, body);
    return exitOf(body);
  } finally {
    progress.clear();
  }
}

async function apply(context: Context, id: string, { allowRemoving }: { allowRemoving?: number }): Promise<Exit> {
  await context.client.ask('POST', `/v1/imports/${part(id)}/apply`, { query: { allowRemoving } });
  return follow(context, id);
}

async function cancel(context: Context, id: string): Promise<void> {
  const { text } = await context.client.ask('POST', `/v1/imports/${part(id)}/cancel`);
  show(context, text, () => [`Import ${id} is cancelled: nothing of it was taken.`]);
}

async function revert(context: Context, id: string): Promise<Exit> {
  const { body } = await context.client.ask<ImportView>('POST', `/v1/imports/${part(id)}/revert`);
  return follow(context, body.id);
}

export const allowRemoving = (): Option => new Option('--allow-removing <count>', "let so many numbers be removed, instead of a fifth of a customer's").argParser(positiveInteger);

export function addImports(program: Command, shell: Shell): void {
  const imports = program.command('imports').description('how imports are doing; apply, cancel or revert one');
  imports
    .command('show', { isDefault: true })
    .description('the imports there were, the newest first; or one, with what it came to')
    .argument('[id]', 'id of the import')
    .option('--limit <count>', 'how many, when no id is given', positiveInteger, 20)
    .action(action(shell, see));
  imports.command('apply').description('apply one that waits, and stay until it is done').argument('<id>', 'id of the import').addOption(allowRemoving()).action(action(shell, apply));
  imports.command('cancel').description('drop one that is judged or waits').argument('<id>', 'id of the import').action(action(shell, cancel));
  imports.command('revert').description('put back what one changed, where nobody has changed it since').argument('<id>', 'id of the import').action(action(shell, revert));
}
