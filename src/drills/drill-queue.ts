/** The queue of looks at drills: one job, whoever finds that a drill is open. What is to be done is in the store. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';

export const DRILL_QUEUE = 'drills';

/** The connection remains its owner's. */
export function openDrillQueue(connection: Redis): Queue {
  // As with the queue of checks: it neither waits for Redis nor asks for its version.
  const queue = new Queue(DRILL_QUEUE, { connection, prefix: keys.queues, skipVersionCheck: true, skipWaitingForReady: true });
  // The connection's owner hears of its errors.
  queue.on('error', () => undefined);
  return queue;
}

/** Changes nothing while there is one. Throws `store_unavailable`. */
export async function askToLook(queue: Queue): Promise<void> {
  await answering(queue.add('look', {}, { jobId: 'drills', removeOnComplete: true, removeOnFail: true }));
}
