/** Webhooks that were seen, shared among processes: heard by all, known to one that is started anew, told when Redis is back. */
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { createReplayGuard, type ReplayGuard } from '../../src/calls/replay-guard.ts';
import { createFastConnection } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { createWebhookStream, type WebhookStream } from '../../src/store/webhook-stream.ts';
import { eachWorld } from '../support/each-world.ts';
import { createKeptLog } from '../support/kept-log.ts';

const here = eachWorld();
const WINDOW = 60_000;
const NOW = 1_700_000_000_000;
const LATER = NOW + WINDOW + 1;

interface Peer {
  guard: ReplayGuard;
  stream: WebhookStream;
  redis: Redis;
  /** Lets two seconds pass. */
  tick(): void;
}

const open: Peer[] = [];
afterEach(async () => {
  for (const { stream, redis } of open.splice(0)) {
    await stream.stop();
    redis.disconnect();
  }
});

async function join(): Promise<Peer> {
  let task = (): void => undefined;
  const timers = { after: () => () => undefined, every: (_ms: number, given: () => void) => ((task = given), () => void (task = () => undefined)) };
  const redis = createFastConnection({ url: here.server.url, onError: () => undefined });
  const guard = createReplayGuard(WINDOW);
  const stream = createWebhookStream({ redis, guard, system: { timers }, log: createKeptLog().log });
  await expect.poll(() => redis.status).toBe('ready');
  await stream.start();
  const peer = { guard, stream, redis, tick: () => task() };
  open.push(peer);
  return peer;
}

test('what one process saw is a replay at the others, also at one that joins later', async () => {
  const [one, other] = [await join(), await join()];
  for (const signature of ['a', 'b']) expect(one.guard.isReplay(signature, NOW)).toBe(false);
  // A carrier that tries again elsewhere is answered, and that makes it no newer.
  expect(other.guard.isReplay('a', NOW + 500)).toBe(false);
  one.tick();
  await expect.poll(() => (other.tick(), other.guard.size)).toBe(2);
  expect(other.guard.isReplay('b', NOW + WINDOW)).toBe(false);
  for (const signature of ['a', 'b']) expect(other.guard.isReplay(signature, LATER)).toBe(true);
  const late = await join();
  for (const signature of ['a', 'b']) expect(late.guard.isReplay(signature, LATER)).toBe(true);
  expect(late.guard.isReplay('c', LATER)).toBe(false);
});

test('a process that ends in good order leaves nothing untold', async () => {
  const one = await join();
  for (let at = 0; at < 10_000; at += 1) one.guard.isReplay(`signature ${at}`, NOW);
  await one.stream.stop();
  const late = await join();
  expect(late.guard.size).toBe(10_000);
  expect(late.guard.isReplay('signature 9999', LATER)).toBe(true);
});

test('what is seen while Redis is away is told when it is back', async () => {
  const [one, other] = [await join(), await join()];
  await here.server.kill();
  one.guard.isReplay('a', NOW);
  one.tick();
  one.guard.isReplay('b', NOW);
  await here.server.restart();
  await expect.poll(() => (one.tick(), other.tick(), other.guard.size), { timeout: 20_000 }).toBe(2);
  for (const signature of ['a', 'b']) expect(other.guard.isReplay(signature, LATER)).toBe(true);
});

test('the stream is bounded, and what cannot be read in it hides nothing', async () => {
  const one = await join();
  one.guard.isReplay('a', NOW);
  await one.stream.stop();
  await here.world.redis.xadd(keys.webhooks, '*', 'at', 'never', 'marks', 'AAAA');
  await here.world.redis.xadd(keys.webhooks, '*', 'x', 'y');
  await here.world.redis.xadd(keys.webhooks, '*', 'at', String(NOW), 'marks', '!!!');
  const late = await join();
  expect(late.guard.size).toBe(1);
  // What a batch takes: 100,000 of them are kept.
  const [entry] = await here.world.redis.xrange(keys.webhooks, '-', '+', 'COUNT', 1);
  expect(JSON.stringify(entry).length).toBeLessThan(100);
});
