/** Random orders to three processes that are cut off and come back at random: in the end all hold the same, and it is the latest word. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdsOver, type Word } from '../../rules/operators-word.ts';
import { createOrderDesk, type OrderDesk } from '../../src/diversion/order-desk.ts';
import { isDiverted } from '../../src/domain/primary.ts';
import { createSpool, type Spool } from '../../src/spool/spool.ts';
import { storeUnavailable } from '../../src/store/answering.ts';
import type { Store } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld, put, type World } from '../support/world.ts';

let redis: TestRedis;
let dir: string;
beforeAll(async () => {
  redis = await startTestRedis();
  dir = await mkdtemp(join(tmpdir(), 'rt-orders-'));
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

const PRIMARY = 'pbx';
type Step = { process: number } & ({ does: 'divert' | 'restore' } | { does: 'cut' | 'mend' | 'restart' } | { does: 'wait'; ms: number });

const step: fc.Arbitrary<Step> = fc.record({ process: fc.nat(2), does: fc.constantFrom('divert', 'restore', 'divert', 'restore', 'cut', 'mend', 'restart', 'wait'), ms: fc.nat(2) });

interface Process {
  desk: OrderDesk;
  spool: Spool;
  table: Awaited<ReturnType<World['follow']>>;
  cut: boolean;
}

/** A store whose commits and reads fail while its process is cut off. */
function severed(store: Store, isCut: () => boolean): Store {
  const guard = <A extends unknown[], R>(act: (...given: A) => Promise<R>) => (...given: A): Promise<R> => (isCut() ? Promise.reject(storeUnavailable(new Error('cut'))) : act(...given));
  return { ...store, commit: guard(store.commit), find: guard(store.find) };
}

async function openProcess(world: World, at: string, clock: { now(): number }): Promise<Process> {
  const table = await world.follow();
  const mine = { cut: false };
  const spool = createSpool({ dir: at, maxBytes: 1_000_000, log: world.log, now: clock.now });
  await spool.open();
  const { table: tables } = table;
  const words = { exists: () => true, state: (id: string) => tables.current.state(id), say: tables.say, unsay: tables.unsay };
  const desk = createOrderDesk({ store: severed(world.store, () => mine.cut), spool: spool.queue('orders'), words, reachable: () => !mine.cut, reached: table.follower.reached, clock, timers: realSystem.timers, random: realSystem.random, log: world.log });
  await desk.start();
  return { desk, spool, table, get cut() { return mine.cut; }, set cut(value: boolean) { mine.cut = value; } };
}

test('they converge to the latest word', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      await redis.flush();
      const world = await openWorld(redis.url);
      const home = await mkdtemp(join(dir, 'run-'));
      const time = { now: 1000 };
      const clock = { now: () => time.now };
      await put(world.store, 'primaries', PRIMARY, { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
      const processes: Process[] = [];
      for (const at of [0, 1, 2]) processes.push(await openProcess(world, join(home, String(at)), clock));
      const said: Word[] = [];
      let acknowledged = 0;
      try {
        for (const { process: at, ...todo } of steps) {
          const process = processes[at] as Process;
          if (todo.does === 'wait') time.now += todo.ms;
          else if (todo.does === 'cut') process.cut = true;
          else if (todo.does === 'mend') process.cut = false;
          else if (todo.does === 'restart') {
            // The one that starts can reach Redis, and has what the one before left on its disk.
            await process.desk.stop();
            await process.spool.close();
            processes[at] = await openProcess(world, join(home, String(at)), clock);
          } else {
            const given = await process.desk.give({ primary: PRIMARY, says: todo.does, by: { key: 'x', role: 'operator' }, reason: 'Because' });
            // What was said there is in force there.
            said.push({ says: todo.does, at: given.at });
            expect(isDiverted(given.state)).toBe(todo.does === 'divert');
            if (given.revision === undefined) {
              acknowledged += 1;
              expect(process.table.table.current.state(PRIMARY).is).toBe(given.state.is);
            }
          }
        }
        for (const process of processes) process.cut = false;
        await expect.poll(() => processes.map(({ desk }) => desk.pending), { timeout: 20_000, interval: 5 }).toEqual([0, 0, 0]);
        const latest = said.reduce<Word | undefined>((held, word) => (holdsOver(word, held) ? word : held), undefined);
        const found = await world.store.find('states', PRIMARY);
        const state = found && 'record' in found ? found.record : undefined;
        expect(state !== undefined && isDiverted(state)).toBe(latest?.says === 'divert');
        for (const { table } of processes) {
          await expect.poll(() => table.table.current.state(PRIMARY), { timeout: 10_000, interval: 5 }).toEqual(state ?? { is: 'up', since: 0 });
        }
        const trail = await world.store.audit({ before: undefined, limit: 1000, customer: undefined });
        expect(trail.filter(({ entry }) => entry.late)).toHaveLength(acknowledged);
        const ids = await world.store.pageBack('diversions', undefined, 1000);
        const open = (await world.store.findMany('diversions', ids)).filter((one) => one && 'record' in one && !one.record.ended);
        expect(open).toHaveLength(state && isDiverted(state) ? 1 : 0);
      } finally {
        for (const { desk, spool } of processes) {
          await desk.stop();
          await spool.close();
        }
        await world.close();
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);
