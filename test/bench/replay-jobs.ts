/**
 * A process that replays as one would at first: a BullMQ job for each notification, so many at once, each signed and posted with an undici pool. They wait in a queue of their
 * own until standard input closes. Usage: replay-jobs.js REDIS URL SECRET PREFIX COUNT BYTES IN_FLIGHT
 */
import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { eventText, signedPost } from './replay-post.ts';

const [redis = '', url = '', secret = '', prefix = '', ...sizes] = process.argv.slice(2);
const [count = 0, bytes = 0, inFlight = 0] = sizes.map(Number);
const BULK = 1000;

const connection = new Redis(redis, { maxRetriesPerRequest: null });
const options = { connection, prefix: '{bench}', skipVersionCheck: true };
const queue = new Queue<{ body: string }>(prefix, options);
for (let from = 0; from < count; from += BULK) {
  await queue.addBulk(Array.from({ length: Math.min(BULK, count - from) }, (_, more) => ({ name: 'n', data: { body: eventText(`${prefix}-${from + more}`, from + more, bytes) }, opts: { attempts: 3, removeOnComplete: true } })));
}
console.log('ready');
process.stdin.resume();
await once(process.stdin, 'end');

const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
let done = 0;
await new Promise<void>((resolve, reject) => {
  const worker = new Worker<{ body: string }>(prefix, async ({ data: { body } }) => {
    const { id } = JSON.parse(body) as { id: string };
    const answer = await pool.request({ path: '/', method: 'POST', ...signedPost(id, body, secret) });
    await answer.body.dump();
    if (answer.statusCode !== 204) throw new Error(`answered ${answer.statusCode}`);
  }, { ...options, concurrency: inFlight });
  worker.on('completed', () => {
    done += 1;
    if (done === count) worker.close().then(resolve, reject);
  });
  worker.on('failed', (_job, error) => reject(error));
});
await queue.close();
await pool.close();
connection.disconnect();
