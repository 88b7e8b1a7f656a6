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

/** What to put before a command so that it runs as root without asking; undefined when that is not allowed. */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return outputOf('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
}

/** Has Debian's package manager install a package. False when there is none, or it may not; true says that it was tried. */
export function installPackage(name, say) {
  const asRoot = rootPrefix();
  if (outputOf('apt-get', ['--version']) === undefined || !asRoot) return false;
  const apt = (...args) => {
    const [program, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120', ...args];
    return succeedsQuietly(program, rest);
  };
  say(`Installing ${name} with apt-get`);
  // An update that fails in part (one dead mirror) need not stop the install.
  apt('update');
  apt('install', '-y', '--no-install-recommends', name);
  return true;
}
