/** `ringthrough report`: what happened in a diversion, as a text that can be sent on. */
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { NUMBERS_SHOWN } from '../../domain/diversion-report.ts';
import { action, emit, part, type Context, type Shell } from '../context.ts';
import { usageFault } from '../exits.ts';
import { fileFault } from '../files.ts';
import { say } from '../io.ts';

interface Options {
  customer?: string;
  numbers?: string;
  out?: string;
}

/** Of a primary: its newest. */
async function diversionOf({ client }: Context, id: string | undefined, primary: string | undefined): Promise<string> {
  if (id !== undefined) return id;
  const { body } = await client.ask<{ items: { id: string }[] }>('GET', '/v1/diversions', { query: { limit: 1, primary } });
  const [newest] = body.items;
  if (!newest) throw usageFault('There has been no diversion');
  return newest.id;
}

async function textOf({ client, json }: Context, id: string, query: Readonly<Record<string, string | undefined>>): Promise<string> {
  const stream = await client.download(`/v1/diversions/${part(id)}/report`, { accept: json ? 'application/json' : 'text/markdown', query });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString('utf8');
}

async function report(context: Context, id: string | undefined, { out, primary, ...query }: Options & { primary?: string }): Promise<void> {
  const text = await textOf(context, await diversionOf(context, id, primary), { ...query });
  if (out === undefined) return emit(context, text);
  try {
    // It may name callers: nobody else's to read.
    await writeFile(out, text, { mode: 0o600 });
  } catch (error) {
    throw fileFault(out, error);
  }
  say(context.io, `Written: ${out}`);
}

export function addReport(program: Command, shell: Shell): void {
  program
    .command('report')
    .description('what happened in a diversion: what was seen and done, what callers met, what was moved; Markdown, to be sent on')
    .argument('[id]', 'the diversion; without it, the newest')
    .option('--primary <id>', 'without a diversion: the newest of this primary')
    .option('--customer <id>', 'calls, callers and numbers of this customer alone')
    .addOption(new Option('--numbers <how>', 'telephone numbers, to be sent on or to call callers back').choices(NUMBERS_SHOWN).default('masked'))
    .option('--out <file>', 'write to this file instead of the terminal')
    .action(action(shell, report));
}
