/** `ringthrough import`: numbers from a file of any size, streamed. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Transform, type Readable } from 'node:stream';
import { Option, type Command } from 'commander';
import { action, emit, part, type Context, type Shell } from '../context.ts';
import { EXIT, usageFault, type Exit } from '../exits.ts';
import { fileFault } from '../files.ts';
import { exitOf, needsSecondAdmin, report, untilSettled, type ImportView } from '../import-view.ts';
import { createProgress, say, type Progress } from '../io.ts';
import { counted } from '../layout.ts';
import { allowRemoving } from './imports.ts';

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
type Format = keyof typeof TYPES;

interface Source {
  stream: Readable;
  /** Bytes; unknown of standard input. */
  size: number | undefined;
}

async function sourceOf({ io }: Context, file: string): Promise<Source> {
  if (file === '-') {
    if (io.input.isTTY) throw usageFault('There is nothing on standard input', 'name a FILE, or pipe one in');
    return { stream: io.input, size: undefined };
  }
  try {
    const handle = await open(file);
    const about = await handle.stat();
    if (about.isDirectory()) {
      await handle.close();
      throw usageFault(`${file} is a folder`);
    }
    return { stream: createReadStream('', { fd: handle }), size: about.isFile() ? about.size : undefined };
  } catch (error) {
    throw fileFault(file, error);
  }
}

function formatOf(file: string, given: Format | undefined): Format {
  return given ?? (/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv');
}

function metered({ stream, size }: Source, progress: Progress): Readable {
  let sent = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      progress.show(size === undefined ? `Sending: ${Math.round(sent / 1024)} kB` : `Sending: ${Math.floor((100 * sent) / Math.max(1, size))} %`);
      done(null, chunk);
    },
  });
  // A source that breaks off destroys the meter, and with it the request that reads from there.
  return pipeline(stream, meter, () => undefined);
}

interface Options {
  format?: Format;
  wait?: boolean;
  dryRun?: boolean;
  confirm?: boolean;
  yes?: boolean;
  complete?: boolean;
  customer?: string;
  allowRemoving?: number;
}

/** What of the options the service is asked for. */
function queryOf({ dryRun, confirm, yes, complete, customer, allowRemoving: allowed }: Options): Record<string, string | number | undefined> {
  if (yes && !confirm) throw usageFault('--yes goes with --confirm');
  const flag = (on: boolean | undefined): string | undefined => (on ? 'true' : undefined);
  return { dryRun: flag(dryRun), confirm: flag(confirm), complete: flag(complete), customer, allowRemoving: allowed };
}

function sayHowOn({ io }: Context, { id, removalRefused, removed }: ImportView): void {
  const allowed = removalRefused ? ` --allow-removing ${removed}` : '';
  const apply = removalRefused?.because === 'unreadable-rows' ? [] : [`Apply it: ringthrough imports apply ${id}${allowed}`];
  say(io, '', ...apply, `Drop it:  ringthrough imports cancel ${id}`);
}

/** What became of it; of one that waits how to go on, or with `--yes` what it came to. */
async function settle(context: Context, id: string, { yes }: Options, progress: Progress): Promise<Exit> {
  const first = await untilSettled(context, id, progress);
  const goesOn = yes === true && first.body.state === 'waiting' && !needsSecondAdmin(first.body);
  if (goesOn) await context.client.ask('POST', `/v1/imports/${part(id)}/apply`);
  const { text, body } = goesOn ? await untilSettled(context, id, progress) : first;
  progress.clear();
  if (context.json) {
    emit(context, text);
    return exitOf(body);
  }
  await report(context, body);
  if (body.state === 'waiting' && !needsSecondAdmin(body)) sayHowOn(context, body);
  return exitOf(body);
}

async function importFile(context: Context, file: string, options: Options): Promise<Exit> {
  const { client, io, json } = context;
  const query = queryOf(options);
  const progress = createProgress(io);
  const source = await sourceOf(context, file);
  try {
    const upload = { type: TYPES[formatOf(file, options.format)], body: metered(source, progress) };
    const accepted = await client.ask<{ id: string; rows: number }>('POST', '/v1/imports', { upload, query });
    const { id, rows } = accepted.body;
    if (options.wait || options.dryRun || options.confirm) return await settle(context, id, options, progress);
    progress.clear();
    if (json) emit(context, accepted.text);
    else say(io, `Import ${id}: ${counted(rows, 'row')} received, taken in the background.`, `See what became of it: ringthrough imports ${id}`);
    return EXIT.ok;
  } finally {
    progress.clear();
    source.stream.destroy();
  }
}

export function addImport(program: Command, shell: Shell): void {
  program
    .command('import')
    .description('bring numbers in from a file: good rows are taken, bad ones are named')
    .argument('<file>', 'the file, or - for standard input')
    .addOption(new Option('--format <format>', 'what the file holds; default by its name, else csv').choices(Object.keys(TYPES)))
    .option('--wait', 'stay until every row was taken or rejected, and list the rejected ones')
    .option('--dry-run', 'judge the rows and write nothing')
    .option('--confirm', 'judge the rows, show what would change, and wait for `imports apply`')
    .option('--yes', 'with --confirm: apply it when it was judged')
    .option('--complete', 'the file is the whole truth for its customers: numbers that are not in it are removed')
    .option('--customer <id>', 'with --complete: remove numbers of this customer alone')
    .addOption(allowRemoving())
    .action(action(shell, importFile));
}
