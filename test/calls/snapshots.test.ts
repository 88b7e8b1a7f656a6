/** The snapshot of the routing table: what is read is what was held, whole or refused. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoutingTable } from '../../src/calls/routing-table.ts';
import { createSnapshots, type Snapshots } from '../../src/calls/snapshots.ts';
import { createTableHolder, type RoutingTableHolder } from '../../src/calls/table-holder.ts';
import { createSnapshotFile } from '../../src/spool/snapshot-file.ts';
import type { FollowerStatus } from '../../src/store/follower.ts';
import { LEVEL } from '../../src/system/load.ts';
import { createKeptLog } from '../support/kept-log.ts';

let dir: string;
let now = 1_000_000;
const { log, lines } = createKeptLog();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-snapshot-'));
  lines.length = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Kept {
  tables: RoutingTableHolder;
  snapshots: Snapshots;
  status: FollowerStatus;
  /** As when the time to write has come. */
  tick(): void;
}

/** Of the process that writes. */
const load = { level: 0 };

function process(at = dir): Kept {
  const tables = createTableHolder();
  const status: FollowerStatus = { is: 'following', epoch: 'one', revision: 1, inStepAt: now, setAside: 0 };
  let tick: () => void = () => undefined;
  const timers = {
    after: () => () => undefined,
    every: (_ms: number, task: () => void) => {
      tick = task;
      return () => undefined;
    },
  };
  const snapshots = createSnapshots({ file: createSnapshotFile(at), tables, status: () => ({ ...status }), everyMs: 1000, load, clock: { now: () => now }, timers, log });
  snapshots.start();
  return { tables, snapshots, status, tick: () => tick() };
}

const london = (at: number): string => `+4420794${String(60_000 + at)}`;

/** So many numbers at some customers, by the laws of the store: each record as its payload. */
function fill(table: RoutingTable, numbers: number): void {
  table.apply('provider', 'provider', '{"defaultPlan":"desk"}');
  table.apply('carriers', 'main', '{"kind":"twilio","credentials":{"accountSid":"AC00000000000000000000000000000000","authToken":"env:TOKEN"}}');
  table.apply('primaries', 'pbx', '{"kind":"pbx","target":"sip:{number}@pbx.example.net"}');
  table.apply('states', 'pbx', '{"is":"down","since":5}');
  table.apply('plans', 'desk', '{"name":"tab\\tand\\nline é","destinations":[{"to":"voicemail"}]}');
  table.apply('keys', 'admin', `{"role":"admin","hash":"${'ab'.repeat(32)}","createdAt":1}`);
  for (let at = 0; at < numbers; at += 1) {
    const customer = `acme-${at % 7}`;
    table.apply('customers', customer, `{"name":"Acme ${at % 7}"}`);
    table.apply('numbers', london(at), `PN${at}\t${customer}\tpbx\tmain\t${at % 2 === 0 ? 'desk' : ''}\t`);
  }
}

const contents = (table: RoutingTable) => {
  const { rules, numbers, records } = table.image();
  const found = [...numbers.slots].flatMap((number, at) => (number > 0 ? [[number, rules[numbers.values[at] ?? -1]]] : []));
  return { numbers: new Map(found as [number, string][]), records: records.map((record) => JSON.stringify(record)).toSorted() };
};

async function kept(numbers = 50): Promise<Kept> {
  const one = process();
  fill(one.tables.current, numbers);
  await one.snapshots.close();
  return one;
}

test('what is read is what was held', async () => {
  const { tables } = await kept(5000);
  const next = process();
  expect(await next.snapshots.load()).toEqual({ revision: 1, inStepAt: now });
  expect(next.tables.current.numberCount).toBe(5000);
  expect(contents(next.tables.current)).toEqual(contents(tables.current));
  expect(next.tables.current.number(london(8))).toEqual({ customer: 'acme-1', primary: 'pbx', carrier: 'main', plan: 'desk' });
  expect(next.tables.current.plan('desk')?.name).toBe('tab\tand\nline é');
  expect((await stat(join(dir, 'table'))).mode % 0o1000).toBe(0o600);
});

test('whatever was added, changed and removed', async () => {
  const act = fc.record({ at: fc.nat(30), customer: fc.nat(3), gone: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 80 }), async (acts) => {
      const one = process();
      for (const { at, customer, gone } of acts) one.tables.current.apply('numbers', london(at), gone ? undefined : `\tacme-${customer}\tpbx\tmain\t\t`);
      one.status.revision = now += 1;
      await one.snapshots.close();
      const next = process();
      await next.snapshots.load();
      expect(contents(next.tables.current)).toEqual(contents(one.tables.current));
    }),
    { numRuns: 30 },
  );
});

test('it is of one moment, whatever changes while it is written', async () => {
  const one = process();
  fill(one.tables.current, 3000);
  const before = contents(one.tables.current);
  one.tick();
  one.tables.current.apply('numbers', london(1), undefined);
  one.tables.current.apply('customers', 'late', '{"name":"Late"}');
  await expect.poll(() => one.snapshots.inStepAt).toBe(now);
  const next = process();
  await next.snapshots.load();
  expect(contents(next.tables.current)).toEqual(before);
});

test('unchanged, it is not written again, and its age is told all the same', async () => {
  const one = await kept();
  const { mtimeMs } = await stat(join(dir, 'table'));
  now += 60_000;
  one.status.inStepAt = now;
  one.tick();
  await expect.poll(() => one.snapshots.inStepAt).toBe(now);
  expect((await stat(join(dir, 'table'))).mtimeMs).toBe(mtimeMs);
  expect(await process().snapshots.load()).toEqual({ revision: 1, inStepAt: now });
  // A note that belongs to another snapshot says nothing of this one.
  await writeFile(join(dir, 'in-step.json'), JSON.stringify({ epoch: 'one', revision: 2, inStepAt: now + 1000 }));
  expect((await process().snapshots.load())?.inStepAt).toBe(now - 60_000);
});

test.each(['loading', 'snapshot'] as const)('while the table is not from Redis itself (%s), nothing is written', async (is) => {
  const one = process();
  one.status.is = is;
  await one.snapshots.close();
  expect(await process().snapshots.load()).toBeUndefined();
});

describe('a snapshot that is not good is refused and said', () => {
  test('one byte changed anywhere', async () => {
    await kept();
    const file = join(dir, 'table');
    const good = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ change;
        await writeFile(file, bad);
        const next = process();
        expect(await next.snapshots.load()).toBeUndefined();
        expect(next.tables.current.numberCount).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(lines.join()).toContain('the snapshot on disk is refused');
  });

  test('cut off', async () => {
    await kept();
    const { size } = await stat(join(dir, 'table'));
    for (const length of [size - 1, Math.floor(size / 2), 10, 0]) {
      await truncate(join(dir, 'table'), length);
      expect(await process().snapshots.load()).toBeUndefined();
    }
  });

  test('of a later version', async () => {
    await createSnapshotFile(dir).write({ format: 2, epoch: 'one', revision: 1, inStepAt: 1 }, []);
    expect(await process().snapshots.load()).toBeUndefined();
    expect(lines.join()).toContain('form that this version does not know');
  });
});

test('a record that cannot be read is left out, and the others are there', async () => {
  await createSnapshotFile(dir).write({ format: 1, epoch: 'one', revision: 1, inStepAt: 1 }, ['c\tplans\tbad\t{"destinations":7}', 'c\tcustomers\tacme\t{"name":"Acme"}', 'n\t9\t442079460123', 'x']);
  const next = process();
  expect(await next.snapshots.load()).toEqual({ revision: 1, inStepAt: 1 });
  expect([next.tables.current.customer('acme'), next.tables.current.plan('bad')]).toEqual([{ name: 'Acme' }, undefined]);
  expect(lines.map((line) => JSON.parse(line) as { unreadable?: number }).find(({ unreadable }) => unreadable !== undefined)?.unreadable).toBe(3);
});

test('a disk that cannot be written: said once, and again when it can', async () => {
  await writeFile(join(dir, 'file'), '');
  const one = process(join(dir, 'file', 'snapshot'));
  fill(one.tables.current, 3);
  await one.snapshots.close();
  await one.snapshots.close();
  expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
});

test('while calls come first it is written twenty times less often', async () => {
  const one = process();
  fill(one.tables.current, 3);
  const keptUntil = (): number => one.snapshots.inStepAt;
  const tick = async (ms: number): Promise<void> => {
    now += ms;
    one.status.revision += 1;
    one.status.inStepAt = now;
    one.tick();
    await breathe();
  };
  load.level = LEVEL.background;
  try {
    await tick(1000);
    await expect.poll(keptUntil).toBe(now);
    const before = now;
    for (let at = 0; at < 19; at += 1) await tick(1000);
    expect(keptUntil()).toBe(before);
    await tick(1000);
    await expect.poll(keptUntil).toBe(now);
  } finally {
    load.level = LEVEL.nothing;
  }
});
