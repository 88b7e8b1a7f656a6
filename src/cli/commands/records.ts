/** `ringthrough get`, `put` and `delete`: any record as it is. */
import { Argument, type Command } from 'commander';
import type { Reply } from '../client.ts';
import { action, part, positiveInteger, show, showList, type Context, type Shell } from '../context.ts';
import { EXIT, type Exit } from '../exits.ts';
import { readJson } from '../files.ts';
import { say } from '../io.ts';
import { fields, pairs } from '../layout.ts';
import { heldLines, type ApprovalView } from './approvals.ts';

const WRITABLE = ['customers', 'plans', 'primaries', 'numbers', 'carriers', 'sources', 'receivers', 'silences', 'subscribers'] as const;
const READABLE = [...WRITABLE, 'imports', 'diversions', 'approvals'] as const;

type Shown = Record<string, unknown>;

/** The status of a change that waits for a second admin. */
const HELD = 202;

const lines = (record: Shown): string[] => pairs(fields(record));
const pathOf = (kind: string, id: string): string => `/v1/${kind}/${part(id)}`;

async function get(context: Context, kind: string, id: string | undefined, { limit }: { limit: number }): Promise<void> {
  if (id === undefined) {
    const all = (items: Shown[]): string[] => (items.length === 0 ? [`No ${kind}.`] : items.flatMap((item, at) => [...(at === 0 ? [] : ['']), ...lines(item)]));
    return showList<Shown>(context, { path: `/v1/${kind}`, limit, lines: all });
  }
  const { text, body } = await context.client.ask<Shown>('GET', pathOf(kind, id));
  show(context, text, () => lines(body));
}

/** Taken down, and not in force. */
function held(context: Context, { text, body }: Pick<Reply<Shown>, 'text' | 'body'>): Exit {
  show(context, text, () => heldLines(body as unknown as ApprovalView));
  return EXIT.held;
}

async function put(context: Context, kind: string, id: string, file: string | undefined): Promise<Exit> {
  const json = await readJson(context.io, file);
  const reply = await context.client.ask<Shown>('PUT', pathOf(kind, id), { json });
  if (reply.status === HELD) return held(context, reply);
  show(context, reply.text, () => ['Stored:', ...lines(reply.body)]);
  return EXIT.ok;
}

async function remove(context: Context, kind: string, id: string): Promise<Exit> {
  const reply = await context.client.ask<Shown>('DELETE', pathOf(kind, id));
  if (reply.status === HELD) return held(context, reply);
  if (!context.json) say(context.io, `${kind}/${id} is deleted.`);
  return EXIT.ok;
}

const kindOf = (kinds: readonly string[]): Argument => new Argument('<kind>', 'kind of record').choices(kinds);

export function addRecords(program: Command, shell: Shell): void {
  program
    .command('get')
    .description('show a record, or the records of a kind')
    .addArgument(kindOf(READABLE))
    .argument('[id]', 'its id; of a number, its E.164')
    .option('--limit <count>', 'how many, when no id is given', positiveInteger, 100)
    .action(action(shell, get));
  program
    .command('put')
    .description('create or replace a record with the JSON of a file; what `get --json` shows can be edited and put back')
    .addArgument(kindOf(WRITABLE))
    .argument('<id>', 'its id; of a number, its E.164')
    .argument('[file]', 'the file; without one, or with -, standard input')
    .action(action(shell, put));
  program.command('delete').description('delete a record').addArgument(kindOf(WRITABLE)).argument('<id>', 'its id; of a number, its E.164').action(action(shell, remove));
}
