/** The board of evidence: at once for this process, soon for the others, without Redis for who saw it, and never longer than it holds. */
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { createEvidenceBoard, type EvidenceBoard } from '../../src/health/evidence-board.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { READ_THROUGH_MS } from '../../src/store/shared-evidence.ts';
import { eachWorld } from '../support/each-world.ts';
import { createKeptLog } from '../support/kept-log.ts';

const here = eachWorld();
const NOW = 1_700_000_000_000;

interface Peer {
  board: EvidenceBoard;
  redis: Redis;
  /** Lets so much time pass, and what is due happen. */
  pass(ms?: number): void;
  /** What it has about `pbx`: claim and source. */
  seen(): string[];
}

const open: Peer[] = [];
afterEach(async () => {
  for (const { board, redis } of open.splice(0)) {
    await board.stop();
    redis.disconnect();
  }
});

async function join(behindMs = 0): Promise<Peer> {
  let passed = 0;
  const tasks = new Map<() => void, number>();
  const timers = { after: () => () => undefined, every: (ms: number, task: () => void) => (tasks.set(task, ms), () => void tasks.delete(task)) };
  const redis = createFastConnection({ url: here.server.url, onError: () => undefined });
  await whenReady(redis);
  const board = createEvidenceBoard({ redis, system: { timers, clock: { now: () => NOW - behindMs + passed }, steady: () => passed }, log: createKeptLog().log });
  await board.start();
  const peer: Peer = {
    board,
    redis,
    pass(ms = 0) {
      passed += ms;
      for (const task of tasks.keys()) task();
    },
    seen: () => board.about('pbx').map(({ claim, source }) => `${claim} ${source}`),
  };
  open.push(peer);
  return peer;
}

function evidence(claim: Evidence['claim'], more: Partial<Evidence> = {}): Evidence {
  return { primary: 'pbx', source: 'probe/a/1', group: 'probes', claim, weight: 0.8, at: NOW, expiresAt: NOW + 10_000, because: 'no answer to 2 OPTIONS in 2 s', ...more };
}

const batches = (): Promise<number> => here.world.redis.xlen(keys.evidenceNews);

test('what is told is there at once, for others soon, and for one that starts later; a newer claim replaces the older', async () => {
  const [one, other] = [await join(), await join()];
  one.board.tell(evidence('up'));
  expect(one.board.about('pbx')).toEqual([evidence('up')]);
  await expect.poll(() => (one.pass(), other.pass(), other.seen())).toEqual(['up probe/a/1']);
  one.board.tell(evidence('down', { at: NOW + 1 }));
  other.board.tell(evidence('up', { source: 'probe/b/1', at: NOW + 2 }));
  for (const peer of [one, other]) await expect.poll(() => (one.pass(), other.pass(), peer.seen())).toEqual(['up probe/b/1', 'down probe/a/1']);
  expect((await join()).seen()).toEqual(['up probe/b/1', 'down probe/a/1']);
  expect(one.board.about('other')).toEqual([]);
});

test('evidence expires everywhere by itself, and what nobody needs is removed', async () => {
  const [one, other] = [await join(), await join()];
  one.board.tell(evidence('down'));
  await expect.poll(() => (one.pass(), other.pass(), other.board.size)).toBe(1);
  for (const peer of [one, other]) {
    peer.pass(9999);
    expect(peer.seen()).toEqual(['down probe/a/1']);
    peer.pass(1);
    expect([peer.seen(), peer.board.size]).toEqual([[], 0]);
  }
  expect((await join()).seen()).toEqual(['down probe/a/1']);
  one.pass(READ_THROUGH_MS + 1);
  await expect.poll(() => here.world.redis.hlen(keys.evidence)).toBe(0);
});

test('the same words again are shared when half of their time is over, and not before', async () => {
  const one = await join();
  const upAt = (ms: number): void => one.board.tell(evidence('up', { at: NOW + ms, expiresAt: NOW + ms + 10_000 }));
  upAt(0);
  upAt(1000);
  await expect.poll(async () => (one.pass(), batches())).toBe(1);
  one.pass(4999);
  upAt(4999);
  one.pass();
  one.pass(1);
  upAt(5000);
  upAt(5001);
  await expect.poll(async () => (one.pass(), batches())).toBe(2);
  expect(one.board.about('pbx')[0]?.at).toBe(NOW + 5001);
  expect(JSON.parse((await here.world.redis.hget(keys.evidence, 'pbx probe/a/1')) ?? '')).toMatchObject({ at: NOW + 5000 });
});

test('a source that takes back what it said is gone for all, also when its claim arrives after it', async () => {
  const [one, other] = [await join(), await join()];
  one.board.tell(evidence('down', { source: 'source/am/1', group: 'alerts' }));
  await expect.poll(() => (one.pass(), other.pass(), other.seen())).toEqual(['down source/am/1']);
  other.pass(1);
  other.board.withdraw('pbx', 'source/am/1');
  expect(other.seen()).toEqual([]);
  await expect.poll(() => (other.pass(), one.pass(1), one.seen())).toEqual([]);
  await here.world.redis.xadd(keys.evidenceNews, '*', 'words', JSON.stringify([JSON.stringify(evidence('down', { source: 'source/am/1', group: 'alerts' })), JSON.stringify(evidence('up', { source: 'late' }))]));
  await expect.poll(() => (one.pass(), one.seen())).toEqual(['up late']);
  expect((await join()).seen()).toEqual([]);
});

test('without Redis a process has what it saw itself; all that still holds is told when Redis is back, also when it comes back empty', async () => {
  const [one, other] = [await join(), await join()];
  one.board.tell(evidence('up', { source: 'probe/a/2', expiresAt: NOW + 20_000 }));
  await expect.poll(() => (one.pass(), other.pass(), other.seen())).toEqual(['up probe/a/2']);
  await here.world.redis.flushall();
  await here.server.kill();
  one.board.tell(evidence('down'));
  one.board.tell(evidence('down', { source: 'brief', expiresAt: NOW + 100 }));
  expect(one.seen()).toHaveLength(3);
  one.pass(1000);
  other.pass(20_000);
  await expect.poll(() => one.redis.status).not.toBe('ready');
  one.pass();
  await here.server.restart();
  let late: Peer | undefined;
  await expect.poll(async () => (one.pass(), late?.redis.disconnect(), (late = await join()), late.seen().toSorted()), { timeout: 20_000 }).toEqual(['down probe/a/1', 'up probe/a/2']);
});

test('clocks that differ make no claim last longer, and one that is put back makes what it saw before count no more', async () => {
  const [one, behind] = [await join(), await join(5000)];
  one.board.tell(evidence('down'));
  await expect.poll(() => (one.pass(), behind.pass(), behind.seen())).toEqual(['down probe/a/1']);
  behind.pass(9999);
  expect(behind.seen()).toEqual(['down probe/a/1']);
  behind.pass(1);
  expect(behind.seen()).toEqual([]);
  one.pass(-60_000);
  expect(one.seen()).toEqual([]);
  one.board.tell(evidence('up', { at: NOW - 60_000, expiresAt: NOW - 50_000 }));
  expect(one.seen()).toEqual(['up probe/a/1']);
});

test('what cannot be read hides nothing, long words are cut, and a primary has so many sources and no more', async () => {
  await here.world.redis.hset(keys.evidence, 'a', 'nothing', 'b', '{}', 'c', 'null', 'd', JSON.stringify({ ...evidence('up'), claim: 'fine', expiresAt: NOW * 2 }), 'e', JSON.stringify(evidence('up')));
  await here.world.redis.xadd(keys.evidenceNews, '*', 'x', 'y');
  const one = await join();
  await here.world.redis.xadd(keys.evidenceNews, '*', 'words', '{"a":1}');
  await here.world.redis.xadd(keys.evidenceNews, '*', 'words', JSON.stringify([1, null, '[]', JSON.stringify(evidence('down', { source: 'heard' }))]));
  await expect.poll(() => (one.pass(), one.seen())).toEqual(['up probe/a/1', 'down heard']);
  for (let at = 0; at < 300; at += 1) one.board.tell(evidence('down', { source: `source/am/${at}/${'x'.repeat(300)}`, because: 'y'.repeat(1000), expiresAt: NOW + 20_000 + at + 0.5 }));
  const about = one.board.about('pbx');
  expect(about).toHaveLength(200);
  expect([about[0]?.source.length, about[0]?.because.length]).toEqual([200, 300]);
});
