/** The queue of messages. A job carries the id of a message and nothing else; the message is in src/store/telling-store.ts. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { answering } from '../store/answering.ts';
import { keys } from '../store/keys.ts';

export const MESSAGE_QUEUE = 'messages';

export interface MessageJob {
  message: string;
}

/** More tries than fit into the time after which a message is given up. */
const TRIES = 10_000;

/** The connection remains its owner's. */
export function openMessageQueue(connection: Redis): Queue<MessageJob> {
  const queue = new Queue<MessageJob>(MESSAGE_QUEUE, { connection, prefix: keys.queues, skipVersionCheck: true, skipWaitingForReady: true });
  // The connection's owner hears of its errors.
  queue.on('error', () => undefined);
  return queue;
}

/** Changes nothing when the message has a job. Throws `store_unavailable`. */
export async function addMessage(queue: Queue<MessageJob>, message: string): Promise<void> {
  await answering(queue.add('message', { message }, { jobId: message, attempts: TRIES, backoff: { type: 'jittered' }, removeOnComplete: true, removeOnFail: true }));
}
