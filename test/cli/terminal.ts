/** A terminal for one command: what it reads, what it has written, and how it ended. */
import { PassThrough, Readable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { realSystem, type Timers } from '../../src/system/system.ts';

export interface TerminalOptions {
  url?: string;
  key?: string | undefined;
  /** What is typed or piped in; nothing: standard input is the terminal itself. */
  input?: string | Readable;
  watched?: boolean;
  timers?: Timers;
}

export interface Terminal {
  io: Io;
  text(): string;
  errors(): string;
}

function collected(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { stream, text: () => text };
}

export function terminal({ url = 'http://127.0.0.1:1', key, input, watched = false, timers = realSystem.timers }: TerminalOptions = {}): Terminal {
  const output = collected();
  const errors = collected();
  const typed = input === undefined ? Object.assign(Readable.from([]), { isTTY: true }) : typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input;
  const io: Io = { input: typed, output: output.stream, errors: errors.stream, watched, settings: { url, key }, timers };
  return { io, text: output.text, errors: errors.text };
}

export interface Ran {
  exit: number;
  output: string;
  errors: string;
}

/** Runs one command line. */
export async function ringthrough(argv: readonly string[], options: TerminalOptions = {}): Promise<Ran> {
  const { io, text, errors } = terminal(options);
  const exit = await run(argv, io);
  return { exit, output: text(), errors: errors() };
}
