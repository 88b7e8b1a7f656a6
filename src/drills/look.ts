/**
 * One look at the drills that are open: calls are placed as fast as the limits let them be, those that take too long are ended, and a
 * drill of which nothing is left to do is closed. All that is known is in the store: whoever looks next goes on, whatever became of this one.
 *
 * Holds across crashes and processes: no destination is called twice by one test, for whoever places a call has put that down first.
 */
import { drillDue } from '../../rules/drill-due.ts';
import { drillTest, isOver, isUnderWay } from '../../rules/drill-test.ts';
import type { Drill, DrillPolicy, HeldBack, TestResult } from '../domain/drill.ts';
import { SYSTEM } from '../domain/key.ts';
import { OPEN_DRILLS } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import { changeDrill } from './drill-desk.ts';
import { createTestHand, type HandOptions, type OneTest } from './one-call.ts';

export interface LookOptions extends HandOptions {
  store: Store;
  policy(): DrillPolicy;
  count(result: TestResult): void;
}

const PAGE = 100;

/** How things stand over all drills. */
interface Field {
  underWay: number;
  lastCall: number | undefined;
  calledAt: ReadonlyMap<string, number | undefined>;
  callsToday: number;
  active: ReadonlyMap<string, number>;
}

/** Gives a function that looks once: true while a drill is open. It throws `store_unavailable`. */
export function createLook({ store, drills, apis, sight, policy, count, clock, log }: LookOptions): () => Promise<boolean> {
  const hand = createTestHand({ drills, apis, sight, clock, log });

  /** Nothing is to be done of it yet, not even to stop it. */
  const isLater = ({ notBefore = 0, stopping }: Drill): boolean => clock.now() < notBefore && !stopping;

  async function readAll(): Promise<OneTest[]> {
    const all: OneTest[] = [];
    for (let after: string | undefined; ; ) {
      const ids = await store.page(OPEN_DRILLS, after, PAGE);
      const found = await store.findMany('drills', ids);
      for (const [place, id] of ids.entries()) {
        const one = found[place];
        if (!one || !('record' in one) || isLater(one.record)) continue;
        const seen = await drills.seen(id);
        for (const [at, test] of one.record.tests.entries()) all.push({ id, drill: one.record, at, test, marks: seen.get(at)?.marks ?? {}, waits: seen.get(at)?.waits });
      }
      if (ids.length < PAGE) return all;
      after = ids.at(-1);
    }
  }

  /** What keeps it from being called now; undefined: nothing does. */
  function heldBack(one: OneTest, field: Field): { do: 'wait' | 'skip'; why: HeldBack } | undefined {
    const { test, drill } = one;
    const now = clock.now();
    const stop = hand.stopOf(one);
    if (stop) return { do: 'skip', why: stop };
    if (test.skip) return { do: 'skip', why: test.skip };
    if (hand.restsUntil(test.carrier) > now) return { do: 'wait', why: 'carrier' };
    const { table, judge } = sight();
    const due = drillDue({
      at: now, policy: policy(), timeZone: test.timeZone, hours: test.hours, anyHour: drill.anyHour === true, primaries: hand.statesOf(one),
      inPlan: test.plans.some((plan) => table.plan(plan)?.destinations.some(({ to }) => to === test.to) === true),
      refused: judge.verdict(test.to, judge.allowedFor(test.from ?? '', table.customer(test.customer))).refusal !== undefined,
      activeCalls: field.active.get(test.to) ?? 0, underWay: field.underWay, lastCall: field.lastCall, calledAt: field.calledAt.get(test.to), callsToday: field.callsToday,
    });
    return due.do === 'call' ? undefined : due;
  }

  async function placeWaiting(all: readonly OneTest[]): Promise<void> {
    const waiting = all.filter(({ marks }) => !isOver(marks) && !isUnderWay(marks));
    if (waiting.length === 0) return;
    const tos = [...new Set(waiting.map(({ test }) => test.to))];
    const called = await drills.calledAt(tos);
    const moments = all.flatMap(({ marks }) => marks.placing?.at ?? []);
    const field = {
      underWay: all.filter(({ marks }) => isUnderWay(marks)).length,
      lastCall: moments.length === 0 ? undefined : Math.max(...moments),
      calledAt: new Map(tos.map((to, at) => [to, called[at]])),
      callsToday: await drills.callsOf(clock.now()),
      active: new Map(await drills.active()),
    };
    for (const one of waiting) {
      const held = heldBack(one, field);
      if (held?.do === 'skip') await hand.skip(one, held.why);
      else if (held) {
        if (held.why !== one.waits) await drills.waits(one.id, one.at, held.why);
      } else {
        await hand.place(one);
        const began = one.marks.placing?.at;
        if (began === undefined) continue;
        field.underWay += 1;
        field.lastCall = began;
        field.callsToday += 1;
        field.calledAt.set(one.test.to, began);
        field.active.set(one.test.to, 1);
      }
    }
  }

  async function close(id: string, drill: Drill, tests: readonly OneTest[]): Promise<void> {
    const outcomes = tests.map(({ marks }) => drillTest(marks));
    const expired = outcomes.some(({ heldBack: why }) => why === 'time-limit');
    const { record } = await changeDrill(store, id, 'drills.end', { at: clock.now(), by: SYSTEM }, (current) =>
      current.state !== 'open' ? current : { ...current, state: current.stopping ? 'stopped' : expired ? 'expired' : 'done', endedAt: clock.now(), tests: current.tests.map((test, at) => ({ ...test, outcome: outcomes[at] ?? { is: 'unknown', times: {} } })) });
    for (const { is } of outcomes) count(is);
    hand.forget(tests);
    log.info({ drill: id, state: record?.state ?? drill.state, tests: tests.length, proven: outcomes.filter(({ is }) => is === 'proven').length }, 'a drill has ended');
  }

  return async () => {
    const all = await readAll();
    for (const one of all) if (isUnderWay(one.marks)) await hand.watch(one);
    await placeWaiting(all);
    for (const one of all) await hand.note(one);
    for (const id of new Set(all.map((one) => one.id))) {
      const tests = all.filter((one) => one.id === id);
      if (tests[0] && tests.every(({ marks }) => isOver(marks))) await close(id, tests[0].drill, tests);
    }
    return all.length > 0;
  };
}
