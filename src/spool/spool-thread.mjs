/**
 * The thread that owns the spool's database, so that no answer to a call ever waits for the disk. Plain JavaScript, because a
 * thread is started from a file and not from a build. Each order is one synchronous transaction that is on disk when it returns:
 * the library's asynchronous writes never settle when a commit fails (disk full), this way fails cleanly and works again later.
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { open } from 'lmdb';

const { dir, queues } = workerData;
const file = join(dir, 'spool.mdb');
/** Where LMDB's two meta pages say which page is the last (lmdb.h and mdb.c of lmdb 3: a page header of 24 bytes, then MDB_meta). */
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, magicNumber: 0xbeefc0de };

/** Touching a page beyond the end of a file that was cut off would end the process: so it is not opened. */
function assertWhole() {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const head = Buffer.alloc(8192);
  const handle = openSync(file, 'r');
  readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  const metas = [0, 4096].map((at) => head.subarray(at)).filter((meta) => meta.readUInt32LE(META.magic) === META.magicNumber);
  const [newest] = metas.toSorted((one, other) => (other.readBigUInt64LE(META.transaction) > one.readBigUInt64LE(META.transaction) ? 1 : -1));
  if (!newest || size < head.length || size < (Number(newest.readBigUInt64LE(META.lastPage)) + 1) * newest.readUInt32LE(META.pageSize)) throw new Error('the database is cut off or is none');
}

let root;
const databases = new Map();

function openRoot() {
  assertWhole();
  return open({ path: file, noSubdir: true, encoding: 'string', maxDbs: 8, overlappingSync: false, mode: 0o600 });
}

/** Resolves with the name under which a database that cannot be opened was put away, or undefined. */
function begin(stamp) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let putAway;
  try {
    root = openRoot();
  } catch (error) {
    if (!existsSync(file)) throw error;
    putAway = `${file}.broken-${stamp}`;
    renameSync(file, putAway);
    rmSync(`${file}-lock`, { force: true });
    root = openRoot();
  }
  for (const name of queues) databases.set(name, root.openDB(name, { encoding: 'string', keyEncoding: 'uint32' }));
  return putAway;
}

const orders = {
  begin: ({ stamp }) => begin(stamp),
  /** Numbers, oldest first, and sizes of what is kept of one queue. */
  measure({ queue }) {
    const found = [];
    for (const { key, value } of databases.get(queue).getRange()) found.push([key, Buffer.byteLength(value)]);
    return found;
  },
  append({ queue, entries }) {
    const database = databases.get(queue);
    root.transactionSync(() => {
      for (const [number, text] of entries) database.putSync(number, text);
    });
  },
  oldest: ({ queue, limit }) => [...databases.get(queue).getRange({ limit })].map(({ key, value }) => [key, value]),
  remove({ queue, numbers }) {
    const database = databases.get(queue);
    root.transactionSync(() => {
      for (const number of numbers) database.removeSync(number);
    });
    // LMDB uses the pages that a transaction has freed only after another one has followed: on a full disk they are all there is.
    try {
      root.putSync('removed', String(numbers.length));
    } catch {
      // What was asked for is done; there will be room after the next removal.
    }
  },
  end: () => root?.close(),
};

parentPort.on('message', async ({ id, does, given }) => {
  try {
    parentPort.postMessage({ id, value: await orders[does](given) });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
