/**
 * Lets one set-up at a time work on a tree. The lock is a directory holding one file named after its owner, moved into
 * place whole: a rename onto a directory that is not empty fails, so there is never a lock without an owner; and a lock
 * whose owner is dead is taken over by renaming the owner's file, which succeeds for one taker only.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 100;

export async function withLock({ root, say }, work) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const lock = join(root, 'dist', '.setup.lock');
  const me = ownerName(process.pid);
  for (let said = false; !acquire(lock, me); said = true) {
    if (!said) say('Waiting for another set-up of this folder to end');
    await pause(POLL_MS);
  }
  const release = () => {
    rmSync(join(lock, me), { force: true });
    attempt(() => rmdirSync(lock));
  };
  try {
    return work();
  } finally {
    release();
  }
}

function acquire(lock, me) {
  const fresh = mkdtempSync(`${lock}.`);
  writeFileSync(join(fresh, me), '');
  if (attempt(() => renameSync(fresh, lock))) return true;
  rmSync(fresh, { recursive: true });
  const [owner] = attempt(() => readdirSync(lock)) || [];
  return owner !== undefined && !isAlive(owner) && Boolean(attempt(() => renameSync(join(lock, owner), join(lock, me)) || true));
}

/** A process id alone may have been given to another process since; with the start time it is unique. */
function ownerName(pid) {
  return `${pid}-${startTime(pid)}`;
}

function isAlive(owner) {
  const pid = Number(owner.split('-')[0]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return ownerName(pid) === owner;
}

/** Field 22 of /proc/PID/stat, clock ticks since boot (proc(5)); 0 where there is no /proc. */
function startTime(pid) {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field, the program's name in brackets, may itself hold spaces and brackets.
  return stat ? stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] : '0';
}

/** The result of `action` (true when it has none), or undefined when it throws. */
function attempt(action) {
  try {
    return action() ?? true;
  } catch {
    return undefined;
  }
}
