/** The queue of carriers whose numbers are to be checked. A job carries a carrier's id and nothing else; what was asked is in src/store/check-store.ts. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';

export const CHECK_QUEUE = 'checks';

export interface CheckJob {
  carrier: string;
}

/** The connection remains its owner's. */
export function openCheckQueue(connection: Redis): Queue<CheckJob> {
  // It neither waits for Redis nor asks for its version, either of which could hang a caller: commands fail as the connection lets them.
  const queue = new Queue<CheckJob>(CHECK_QUEUE, { connection, prefix: keys.queues, skipVersionCheck: true, skipWaitingForReady: true });
  // The connection's owner hears of its errors.
  queue.on('error', () => undefined);
  return queue;
}

/** Changes nothing when the carrier has a job. Throws `store_unavailable`. */
export async function addCheck(queue: Queue<CheckJob>, carrier: string): Promise<void> {
  await answering(queue.add('check', { carrier }, { jobId: `carrier-${carrier}`, removeOnComplete: true, removeOnFail: true }));
}
