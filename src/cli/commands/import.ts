/** `ringthrough import`: numbers from a file of any size, streamed. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Transform, type Readable } from 'node:stream';
import { Option, type Command } from 'commander';
import { action, emit, listed, part, type Context, type Shell } from '../context.ts';
import { CliFault, EXIT, usageFault, type Exit } from '../exits.ts';
import { createProgress, say, sleep, type Progress } from '../io.ts';
import { counted, pairs } from '../layout.ts';
import { fileFault } from '../files.ts';

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
type Format = keyof typeof TYPES;

interface ImportState {
  id: string;
  state: 'receiving' | 'applying' | 'done' | 'aborted';
  rows: number;
  created: number;
  changed: number;
  unchanged: number;
  rejected: number;
}

interface RejectedRow {
  line: number;
  code: string;
  detail: string;
}

/** Between two looks at an import that is under way, milliseconds. */
const LOOK_MS = 200;

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

async function untilDone({ client, io }: Context, id: string, progress: Progress): Promise<{ text: string; body: ImportState }> {
  for (;;) {
    const reply = await client.ask<ImportState>('GET', `/v1/imports/${part(id)}`);
    const { state, rows, created, changed, unchanged, rejected } = reply.body;
    if (state === 'done') return reply;
    if (state === 'aborted') throw new CliFault(EXIT.refused, 'upload_aborted', 'The upload ended before its end; nothing of it was taken');
    progress.show(`Taking: ${created + changed + unchanged + rejected} of ${counted(rows, 'row')}`);
    await sleep(io, LOOK_MS);
  }
}

async function report({ client, io }: Context, { id, rows, created, changed, unchanged, rejected }: ImportState): Promise<void> {
  const counts = { rows, created, changed, unchanged, rejected };
  say(io, `Import ${id} is done:`, ...pairs(Object.entries(counts).map(([name, count]) => [name, String(count)]), '  '));
  if (rejected === 0) return;
  say(io, '', 'Rejected, the others were taken:');
  for await (const { line, code, detail } of listed<RejectedRow>(client, `/v1/imports/${part(id)}/rejected`, {})) say(io, `  line ${line}: ${code}: ${detail}`);
}

async function importFile(context: Context, file: string, options: { format?: Format; wait?: boolean }): Promise<Exit> {
  const { client, io, json } = context;
  const progress = createProgress(io);
  const source = await sourceOf(context, file);
  try {
    const upload = { type: TYPES[formatOf(file, options.format)], body: metered(source, progress) };
    const accepted = await client.ask<{ id: string; rows: number }>('POST', '/v1/imports', { upload });
    const { id, rows } = accepted.body;
    if (!options.wait) {
      progress.clear();
      if (json) emit(context, accepted.text);
      else say(io, `Import ${id}: ${counted(rows, 'row')} received, taken in the background.`, `See what became of it: ringthrough get imports ${id}`);
      return EXIT.ok;
    }
    const { text, body } = await untilDone(context, id, progress);
    progress.clear();
    if (json) emit(context, text);
    else await report(context, body);
    return body.rejected > 0 ? EXIT.partly : EXIT.ok;
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
    .action(action(shell, importFile));
}
