/** Brings an import on in a process of its own that is killed in the middle: for tests of crashes. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { ToApply } from '../support/apply-import.ts';

const CHILD = fileURLToPath(new URL('../../dist/test/support/apply-import.js', import.meta.url));

/** The next one starts while this one runs; it ends with the test that would have needed it. */
let spare: ChildProcess | undefined;

function start(): ChildProcess {
  const child = fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  // One that is not needed any more keeps nothing from ending.
  child.unref();
  child.channel?.unref();
  return child;
}

/** Runs a process that applies the import; it is killed as soon as Redis has seen `commands` of its commands. True when it came to its end. */
export async function applyInProcess(url: string, id: string, commands: number): Promise<boolean> {
  // It never connects itself: what another connection says just when a monitor begins, the client takes for an answer.
  const watcher = new Redis(url, { lazyConnect: true });
  const monitor = await watcher.monitor();
  const child = spare ?? start();
  spare = start();
  child.ref();
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  let seen = 0;
  monitor.on('monitor', (_time: string, [command = '']: string[]) => {
    if (['info', 'client'].includes(command.toLowerCase())) return;
    seen += 1;
    if (seen === commands) child.kill('SIGKILL');
  });
  const order: ToApply = { url, id };
  child.send(order);
  const [code, signal] = await ended;
  monitor.disconnect();
  watcher.disconnect();
  if (signal === null && code !== 0) throw new Error(`the process ended with code ${code}; is dist/ built (npm run build)?`);
  return signal === null;
}
