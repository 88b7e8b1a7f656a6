/**
 * Lets one service at a time use a DATA_DIR. The lock is a folder that holds one file, named after the process that owns
 * it. It is moved into place whole: a rename onto a folder that is not empty fails, so there is never a lock without an
 * owner. A lock whose owner has ended is taken over by renaming the owner's file, which succeeds for one taker only.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, stillRuns } from './process-identity.ts';

export interface DataDirLock {
  readonly dataDir: string;
  release(): void;
}

/** Takes the lock, making the folder if need be, or throws an error that says who holds it. */
export function lockDataDir(dataDir: string): DataDirLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = join(dataDir, 'service.lock');
  const me = ownerName();
  // Once more when the holder let go between the two looks.
  if (!acquire(lock, me) && !acquire(lock, me)) {
    const holder = ownerOf(lock)?.split('-')[0] ?? 'unknown';
    throw new Error(`The data folder ${dataDir} is in use by another Ringthrough service (process ${holder}). Stop that one, or give this one a DATA_DIR of its own.`);
  }
  return {
    dataDir,
    release() {
      rmSync(join(lock, me), { force: true });
      succeeds(() => rmdirSync(lock));
    },
  };
}

function acquire(lock: string, me: string): boolean {
  const fresh = mkdtempSync(`${lock}.`);
  writeFileSync(join(fresh, me), '');
  if (succeeds(() => renameSync(fresh, lock))) return true;
  rmSync(fresh, { recursive: true });
  const owner = ownerOf(lock);
  return owner !== undefined && !isAlive(owner) && succeeds(() => renameSync(join(lock, owner), join(lock, me)));
}

function ownerName(): string {
  return `${process.pid}-${identifyProcess(process.pid)?.startTime ?? ''}`;
}

function ownerOf(lock: string): string | undefined {
  try {
    return readdirSync(lock)[0];
  } catch {
    return undefined;
  }
}

function isAlive(owner: string): boolean {
  const [pid, startTime = ''] = owner.split('-');
  return stillRuns({ pid: Number(pid), startTime });
}

/** What these calls fail with when somebody else was first; the names differ from one file system to the next. */
const LOST_RACE: readonly unknown[] = ['EEXIST', 'ENOTEMPTY', 'ENOENT'];

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (LOST_RACE.includes((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}
