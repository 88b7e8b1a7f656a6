/** `ringthrough export numbers`: a file that an import takes back, streamed; a file is there as a whole or not at all. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { action, type Context, type Shell } from '../context.ts';
import { CliFault, EXIT } from '../exits.ts';
import { fileFault } from '../files.ts';
import { createProgress, say } from '../io.ts';
import { counted } from '../layout.ts';

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
type Format = keyof typeof TYPES;

const LINE_FEED = 10;

interface Options {
  format?: Format;
  out?: string;
  customer?: string;
}

/** An error in writing; any other is the connection's. */
function isOurs(error: unknown): boolean {
  const { syscall } = error as { syscall?: unknown };
  return syscall === 'write';
}

/** Resolves with the number of lines. */
async function stream(context: Context, { format, customer }: Options, target: Writable, end: boolean): Promise<number> {
  const { client, io } = context;
  const progress = createProgress(io);
  let lines = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) if (byte === LINE_FEED) lines += 1;
      if (end) progress.show(`Writing: ${counted(lines, 'line')}`);
      done(null, chunk);
    },
  });
  const body = await client.download('/v1/exports/numbers', { accept: TYPES[format ?? 'csv'], query: { customer } });
  try {
    await pipeline(body, counter, target, { end });
  } catch (error) {
    if (error instanceof CliFault || isOurs(error)) throw error;
    throw new CliFault(EXIT.unreachable, 'unreachable', 'The connection broke off: what has come is only a part');
  } finally {
    progress.clear();
  }
  return lines;
}

async function exportNumbers(context: Context, options: Options): Promise<void> {
  const { io, json } = context;
  const format = options.format ?? (json ? 'ndjson' : 'csv');
  const { out } = options;
  if (out === undefined) {
    await stream(context, { ...options, format }, io.output, false);
    return;
  }
  const part = `${out}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(part, 'w');
    const lines = await stream(context, { ...options, format }, file.createWriteStream(), true);
    await rename(part, out);
    if (!json) say(io, `${counted(format === 'csv' ? lines - 1 : lines, 'number')} written to ${out}`);
  } catch (error) {
    await file?.close();
    if (file) await rm(part, { force: true });
    throw fileFault(out, error);
  }
}

export function addExport(program: Command, shell: Shell): void {
  program
    .command('export')
    .description('write records as a file')
    .command('numbers')
    .description('write the numbers as a file that an import takes back')
    .addOption(new Option('--format <format>', 'what is written; default csv, with --json ndjson').choices(Object.keys(TYPES)))
    .option('--out <file>', 'write to this file instead of standard output')
    .option('--customer <id>', "one customer's numbers alone")
    .action(action(shell, exportNumbers));
}
