/** Ends a BullMQ worker in good order, or, when Redis does not answer, in the time that is left. */
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { breakOff, COMMAND_TIMEOUT_MS } from '../src/store/connections.ts';
import { atMost } from '../src/system/pause.ts';
import type { Timers } from '../src/system/system.ts';

/**
 * Waits for the work in hand. Without Redis that may have no end: one that has not answered for as long as anybody waits for it is given
 * up, and `connection` with it, which is to be ended next anyway. The work's lock runs out there, and another worker finds it.
 */
export async function closeWorker(worker: Pick<Worker, 'close' | 'backend'> | undefined, connection: Redis, timers: Timers): Promise<void> {
  if (!worker) return;
  let closed = false;
  const closing = worker.close(connection.status !== 'ready').finally(() => {
    closed = true;
  });
  await atMost(timers, COMMAND_TIMEOUT_MS, closing);
  if (closed) return;
  breakOff(connection);
  // The one ends a blocking connection that never came to be, the other one that waits for a last answer.
  for (const ending of [worker.backend.close(true), worker.backend.disconnectBlocking(false)]) ending.catch(() => undefined);
}
