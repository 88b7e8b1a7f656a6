/** A program that the demo starts and ends: a Node process of its own, whose lines are read. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Child {
  pid: number;
  /** The first line from now on that `read` makes something of; rejects when the process ends before. */
  line<T>(read: (line: string) => T | undefined): Promise<T>;
  /** Appends what it writes from now on to a file. */
  copyTo(file: string): void;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<unknown>;
}

/** Last lines that are kept to explain an early end. */
const KEPT_LINES = 5;

export function startChild(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Child {
  // A process group of its own: a Ctrl-C at the terminal is for the demo, which ends what it started in good order.
  const child: ChildProcess = spawn(process.execPath, [program, ...args], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Set<(line: string) => void>();
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      for (const take of waiting) take(line);
    });
  }
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    line: (read) =>
      new Promise((resolve, reject) => {
        const take = (line: string): void => {
          const found = read(line);
          if (found === undefined) return;
          waiting.delete(take);
          resolve(found);
        };
        waiting.add(take);
        const fail = (): void => reject(new Error(`${program} ended too early:\n${last.join('\n')}`));
        ended.then(fail, fail);
      }),
    copyTo: (file) => void waiting.add((line) => appendFileSync(file, `${line}\n`)),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** The field of a line of JSON; undefined for any other line. */
export function field(line: string, name: string): unknown {
  try {
    return (JSON.parse(line) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
