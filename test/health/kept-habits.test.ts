/** What is usual for a primary outlives the process that learnt it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { UsualWeek } from '../../rules/call-habits.ts';
import { createKeptHabits } from '../../src/health/kept-habits.ts';
import { createSnapshotFile } from '../../src/spool/snapshot-file.ts';
import { realSystem } from '../../src/system/system.ts';
import { createKeptLog } from '../support/kept-log.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-habits-'));
});
afterEach(() => rm(dir, { recursive: true }));

const week = (calls: number): UsualWeek => Array.from({ length: 168 }, (_, hour) => (hour < 24 ? { calls: calls + hour, failing: 0.02, weeks: 2 } : undefined));

function open(learnt = new Map<string, UsualWeek>()) {
  const remembered = new Map<string, UsualWeek>();
  const { log, lines } = createKeptLog();
  const kept = createKeptHabits({ file: createSnapshotFile(dir), calls: { learnt: () => learnt, remember: (primary, known) => void remembered.set(primary, known) }, timers: realSystem.timers, log });
  return { kept, remembered, lines };
}

it('is remembered by the next process, hour by hour', async () => {
  const learnt = new Map([['pbx-1', week(30)], ['pbx-2', week(0)]]);
  const first = open(learnt);
  await first.kept.start();
  await first.kept.stop();
  const next = open();
  await next.kept.start();
  await next.kept.stop();
  expect(next.remembered).toEqual(learnt);
  expect(next.lines).toEqual([]);
});

it('that cannot be read is learnt anew, and said', async () => {
  const first = open(new Map([['pbx-1', week(30)]]));
  await first.kept.start();
  await first.kept.stop();
  await writeFile(join(dir, 'table'), 'half of');
  const next = open();
  await next.kept.start();
  await next.kept.stop();
  expect(next.remembered.size).toBe(0);
  expect(next.lines.join('')).toContain('learnt anew');
});
