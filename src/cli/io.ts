/** What a command reads and writes: handed in, so that tests run commands without a process. */
import type { Readable, Writable } from 'node:stream';
import type { CliSettings } from '../config/cli-settings.ts';
import type { Timers } from '../system/system.ts';

export interface Io {
  input: Readable & { isTTY?: boolean };
  /** What was asked for, and nothing else. */
  output: Writable;
  /** Errors, warnings and progress. */
  errors: Writable;
  /** Whether a person watches `errors`: progress is shown only then. */
  watched: boolean;
  settings: CliSettings;
  timers: Timers;
}

/** A text from outside (a caller's name, a reason) must not move the cursor or break the line. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

export function plain(text: string): string {
  return text.replace(CONTROL, ' ');
}

export function say(io: Io, ...lines: string[]): void {
  for (const line of lines) io.output.write(`${plain(line)}\n`);
}

export function complain(io: Io, ...lines: string[]): void {
  for (const line of lines) io.errors.write(`${plain(line)}\n`);
}

export function sleep(io: Io, ms: number): Promise<void> {
  return new Promise((resolve) => {
    io.timers.after(ms, resolve);
  });
}

export interface Progress {
  show(text: string): void;
  /** Takes the line away again. */
  clear(): void;
}

export function createProgress(io: Io): Progress {
  let shown = 0;
  const draw = (text: string): void => {
    if (!io.watched) return;
    io.errors.write(`\r${plain(text).padEnd(shown)}`);
    shown = text.length;
  };
  return {
    show: draw,
    clear() {
      if (shown === 0) return;
      draw('');
      io.errors.write('\r');
    },
  };
}
