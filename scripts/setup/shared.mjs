/** What the steps of the set-up share: a fault with a message for humans, and running a program. */
import { spawnSync } from 'node:child_process';

/** Something a human must put right; its message says what and how. */
export class SetupFault extends Error {}

/** Runs a program to its end, its output going to standard error. Returns whether it succeeded. */
export function succeeds(program, args, options = {}) {
  const result = spawnSync(program, args, { stdio: ['ignore', 2, 2], ...options });
  return result.status === 0;
}

export function run(program, args, options = {}) {
  if (!succeeds(program, args, options)) throw new SetupFault(`Failed: ${[program, ...args].join(' ')}`);
}

/** What a program prints, or undefined when it cannot be run or fails. */
export function outputOf(program, args) {
  const result = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}

/** Like `succeeds`, for programs that say much: their output is shown only when they fail. */
export function succeedsQuietly(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  return status === 0;
}
