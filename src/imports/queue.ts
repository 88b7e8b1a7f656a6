/** The queue of imports that wait for a worker. A job carries an import's id and nothing else; its own id is the same. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { storeUnavailable } from '../store/answering.ts';
import { keys } from '../store/keys.ts';

export const IMPORT_QUEUE = 'imports';

export interface ImportJob {
  import: string;
}

export interface ImportQueue {
  /** Changes nothing when the import has a job. Throws `store_unavailable`. */
  add(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Between two tries of a job that failed for a reason that we do not know, milliseconds. */
const RETRY_MS = 5000;

function open(connection: Redis): Queue<ImportJob> {
  // It neither waits for Redis nor asks for its version, either of which could hang a caller: commands fail as the connection lets them.
  const queue = new Queue<ImportJob>(IMPORT_QUEUE, { connection, prefix: keys.queues, skipVersionCheck: true, skipWaitingForReady: true });
  // The connection's owner hears of its errors.
  queue.on('error', () => undefined);
  return queue;
}

/** The connection remains its owner's. */
export function createImportQueue(connection: Redis): ImportQueue {
  let queue: Queue<ImportJob> | undefined;

  return {
    async add(id) {
      queue ??= open(connection);
      try {
        // Tried until it is done: no crash and no outage may fail an import for good.
        await queue.add('import', { import: id }, { jobId: id, removeOnComplete: true, removeOnFail: true, attempts: Number.MAX_SAFE_INTEGER, backoff: { type: 'fixed', delay: RETRY_MS } });
      } catch (error) {
        throw storeUnavailable(error);
      }
    },
    async close() {
      await queue?.close();
    },
  };
}
