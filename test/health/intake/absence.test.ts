/** Sources that are expected to post and do not: evidence by what a process could have heard itself, and not a moment longer. */
import { assert, integer, option, property } from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Source } from '../../../src/domain/source.ts';
import { createEvidenceBoard, type EvidenceBoard } from '../../../src/health/evidence-board.ts';
import { absentSince, createAbsenceWatch, type AbsenceWatch } from '../../../src/health/intake/absence.ts';
import { createAlertLedger } from '../../../src/store/alert-ledger.ts';
import { createTableHolder } from '../../../src/calls/table-holder.ts';
import { eachWorld } from '../../support/each-world.ts';

const here = eachWorld();
const START = Date.parse('2026-11-22T12:00:00Z');
const BEAT: Source = { kind: 'heartbeat', secret: 'x', map: [{ match: {}, primary: 'pbx' }], expectEverySeconds: 60 };

interface Site {
  board: EvidenceBoard;
  watch: AbsenceWatch;
  source(id: string, source: Source): void;
  /** So much time later it looks once; resolves when it has. */
  later(seconds: number, stoppedMeanwhile?: boolean): Promise<void>;
  posts(id: string): Promise<void>;
  claims(): string[];
}

const open: AbsenceWatch[] = [];
afterEach(() => Promise.all(open.splice(0).map((watch) => watch.stop())));

function site(): Site {
  const { redis, log } = here.world;
  let passed = 0;
  let looks = 0;
  const tasks: (() => void)[] = [];
  const timers = { after: () => () => undefined, every: (_ms: number, task: () => void) => (tasks.push(task), () => undefined) };
  const clock = { now: () => START + passed };
  const tables = createTableHolder();
  const ledger = createAlertLedger(redis);
  const board = createEvidenceBoard({ redis, system: { clock, timers, steady: () => passed }, log });
  const lastPosts = async (sources: readonly string[]) => {
    try {
      return await ledger.lastPosts(sources);
    } finally {
      looks += 1;
    }
  };
  const watch = createAbsenceWatch({ tables, board, ledger: { lastPosts }, system: { clock, timers, steady: () => passed }, log });
  watch.start();
  open.push(watch);

  async function look(): Promise<void> {
    const before = looks;
    await expect.poll(() => {
      for (const task of tasks) task();
      return looks;
    }, { interval: 1 }).toBeGreaterThan(before);
    await watch.stop();
  }

  return {
    board,
    watch,
    source: (id, source) => void tables.current.apply('sources', id, JSON.stringify(source)),
    async later(seconds, stoppedMeanwhile = false) {
      const steps = stoppedMeanwhile ? 1 : Math.ceil(seconds / 2);
      for (let at = 0; at < steps; at += 1) {
        passed += (seconds * 1000) / steps;
        await look();
      }
    },
    posts: async (id) => void (await ledger.note(id, { now: clock.now(), alerts: [], counts: {}, unmatched: [] })),
    claims: () => board.about('pbx').map(({ claim, group, source, because }) => `${claim} ${group} ${source}: ${because}`),
  };
}

test('a sign of life that ends is evidence that its primary is down, until it comes again', async () => {
  const { source, later, posts, claims, watch } = site();
  source('cron', BEAT);
  await later(2);
  await posts('cron');
  await later(58);
  expect(claims()).toEqual([]);
  await later(6);
  expect(claims()).toEqual(['down heartbeat source/cron/heartbeat: nothing from cron since 2026-11-22T12:00:02Z, expected every 60 s']);
  expect(watch.quiet).toEqual(['cron']);
  await later(60);
  expect(claims()).toHaveLength(1);
  await posts('cron');
  await later(2);
  expect(claims()).toEqual([]);
  expect(watch.quiet).toEqual([]);
});

test('one that never came is missed after as long as it may take; its map says how bad that is', async () => {
  const { source, later, claims } = site();
  source('cron', { ...BEAT, name: 'the PBX', map: [{ match: {}, primary: 'pbx', claim: 'degraded' }] });
  await later(58);
  expect(claims()).toEqual([]);
  await later(8);
  expect(claims()).toEqual([expect.stringMatching(/^degraded heartbeat source\/cron\/heartbeat: nothing from the PBX since 2026-11-22T12:00:0\dZ, expected every 60 s$/)]);
});

test('a monitoring that has gone quiet cannot see, which is unknown and not down', async () => {
  const { source, later, claims } = site();
  source('prom', { kind: 'alertmanager', secret: 'x', map: [{ match: { a: 'b' }, primary: 'pbx', claim: 'down' }, { match: {}, primary: 'pbx' }], expectEverySeconds: 60 });
  await later(66);
  expect(claims()).toEqual([expect.stringContaining('unknown heartbeat source/prom/heartbeat')]);
});

test('a process that was stopped has heard nothing meanwhile, and says nothing of it', async () => {
  const { source, later, claims } = site();
  source('cron', BEAT);
  await later(50);
  await later(600, true);
  expect(claims()).toEqual([]);
  await later(58);
  expect(claims()).toEqual([]);
  await later(6);
  expect(claims()).toHaveLength(1);
});

test('nor does one that has just found Redis again: others may have heard', async () => {
  const { source, later, claims } = site();
  source('cron', BEAT);
  await later(50);
  await here.server.kill();
  await later(8);
  await here.server.restart();
  await expect.poll(() => here.world.redis.status).toBe('ready');
  await later(50);
  expect(claims()).toEqual([]);
  await later(20);
  expect(claims()).toHaveLength(1);
});

test('what one process claims, another that has not listened for long does not take back', async () => {
  const first = site();
  first.source('cron', BEAT);
  await first.later(66);
  expect(first.claims()).toHaveLength(1);
  const second = site();
  second.source('cron', BEAT);
  for (const evidence of first.board.about('pbx')) second.board.tell({ ...evidence, at: START, expiresAt: START + 60_000 });
  await second.later(10);
  expect(second.claims()).toHaveLength(1);
});

test('nothing is absent that came within its time, or that could not have been heard for so long', () => {
  const moments = integer({ min: 0, max: 1_000_000 });
  assert(property(option(moments, { nil: undefined }), moments, integer({ min: 1000, max: 100_000 }), moments, (lastPostAt, listening, everyMs, now) => {
    const since = absentSince({ lastPostAt, listening, everyMs, now });
    const heardFor = now - Math.max(listening, lastPostAt ?? listening);
    expect(since === undefined).toBe(heardFor <= everyMs);
    if (since !== undefined) expect(since).toBe(lastPostAt ?? listening);
  }));
});
