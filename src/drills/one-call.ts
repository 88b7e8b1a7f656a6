/** One test call: told to the carrier, watched, ended when it must be, and noted when it is over. What is known of it is in the store. */
import type { Logger } from 'pino';
import { drillTest, isOver } from '../../rules/drill-test.ts';
import { drillQuery, webhookAddress } from '../calls/webhook-address.ts';
import type { CarrierApi } from '../carriers/api.ts';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import { DRILL_LEG, type Marks } from '../domain/drill-marks.ts';
import type { Drill, DrillTest, HeldBack } from '../domain/drill.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { PrimaryState } from '../domain/primary.ts';
import type { DrillStore } from '../store/drill-store.ts';
import type { Clock } from '../system/system.ts';

export interface OneTest {
  id: string;
  drill: Drill;
  at: number;
  test: DrillTest;
  marks: Marks;
  waits: HeldBack | undefined;
}

export interface TestHand {
  /** Of a carrier: until when it is left alone, milliseconds since 1970. */
  restsUntil(carrier: string): number;
  stopOf(one: OneTest): HeldBack | undefined;
  /** Of the primaries whose numbers have its plans. */
  statesOf(one: OneTest): PrimaryState[];
  skip(one: OneTest, why: HeldBack): Promise<void>;
  /** Tells the carrier to call, unless somebody else did. Failures of the carrier are put down, or it is tried again. */
  place(one: OneTest): Promise<void>;
  /** Looks after one that is under way. */
  watch(one: OneTest): Promise<void>;
  /** What a test came to is known of each plan that the destination stands in. Done again, it says the same. */
  note(one: OneTest): Promise<void>;
  forget(tests: readonly OneTest[]): void;
}

export interface HandOptions {
  drills: DrillStore;
  apis: Pick<CarrierApis, 'use'>;
  sight(): Sight;
  clock: Clock;
  log: Logger;
}

/** From its answer a test call is ended after this, seconds: the words, a while to find the key, and a little. */
const TALK_SECONDS = 60;
/** A call of which nothing was heard for so long after it should have been over is asked for at the carrier, milliseconds. */
const OVERDUE_MS = 15_000;
/** ... and given up as unknown when that says nothing for so long. */
const GIVEN_UP_MS = 120_000;
/** A carrier that cannot take a call now is asked again after this, unless it says when, milliseconds. */
const REST_MS = 15_000;

const legOf = ({ id, at }: Pick<OneTest, 'id' | 'at'>): string => `${DRILL_LEG}${id}.${at}`;

export function createTestHand({ drills, apis, sight, clock, log }: HandOptions): TestHand {
  const resting = new Map<string, number>();
  /** Tests whose end has been noted in this process. */
  const noted = new Set<string>();

  async function see(one: OneTest, mark: keyof Marks, what?: string, why?: string): Promise<boolean> {
    const seen = { at: clock.now(), ...(what === undefined ? {} : { what }), ...(why === undefined ? {} : { why }) };
    const first = await drills.mark(one.id, one.at, mark, seen);
    if (first) one.marks = { ...one.marks, [mark]: seen };
    return first;
  }

  const withApi = <T>({ test }: OneTest, task: (api: CarrierApi) => Promise<T>): Promise<T> => {
    const carrier = sight().table.carrier(test.carrier);
    if (!carrier) throw new Failure('carrier_refused', 'The record of the carrier is gone');
    return apis.use(test.carrier, carrier, task);
  };

  /** Why nothing more is to be done of the drill; a call that is under way is ended then. */
  const stopOf = ({ drill: { stopping, until } }: OneTest): HeldBack | undefined => (stopping ? 'stopped' : clock.now() >= until ? 'time-limit' : undefined);

  const statesOf = ({ test }: OneTest): PrimaryState[] => test.primaries.map((primary) => sight().table.state(primary));

  async function endCall(one: OneTest, why: HeldBack): Promise<void> {
    await see(one, 'halted', why);
    const ref = one.marks.accepted?.what;
    if (ref === undefined) return;
    try {
      await withApi(one, (api) => (api.endCall ? api.endCall(ref) : Promise.resolve()));
    } catch (error) {
      log.debug({ err: error, drill: one.id }, 'a test call could not be ended this time');
    }
  }

  /** Of a call that should have been over, the carrier says it, or in the end nobody. */
  async function askFor(one: OneTest, overdueMs: number): Promise<void> {
    const ref = one.marks.accepted?.what;
    try {
      const state = ref === undefined ? undefined : await withApi(one, async (api) => api.placedCall?.(ref));
      if (state?.is === 'ended') await see(one, 'ended', state.status);
      else if (state === undefined || overdueMs > GIVEN_UP_MS) await see(one, 'ended', 'unknown', ref === undefined ? 'The carrier did not say whether it made the call' : 'The carrier does not say what became of the call');
      else await endCall(one, 'time-limit');
    } catch (error) {
      if (overdueMs > GIVEN_UP_MS) await see(one, 'ended', 'unknown', 'The carrier does not answer');
      else log.debug({ err: error, drill: one.id }, 'what became of a test call could not be asked this time');
    }
  }

  async function watch(one: OneTest): Promise<void> {
    const { placing, halted } = one.marks;
    if (!placing) return;
    const isNeeded = statesOf(one).some(({ is }) => is === 'down' || is === 'recovering');
    const why = stopOf(one) ?? (isNeeded ? 'diverted' : undefined);
    if (why && !halted) await endCall(one, why);
    const due = halted?.at ?? placing.at + (one.test.ringSeconds + TALK_SECONDS) * 1000;
    const overdueMs = clock.now() - due - OVERDUE_MS;
    if (overdueMs > 0) await askFor(one, overdueMs);
  }

  async function place(one: OneTest): Promise<void> {
    const { id, at, test } = one;
    const began = clock.now();
    const from = test.from ?? '';
    if (!(await drills.begin(id, at, test.to, began))) return;
    one.marks = { ...one.marks, placing: { at: began } };
    // A call that is forwarded back to its caller is known by this, and reaches no telephone.
    await drills.legBegan({ call: legOf(one), to: test.to, number: from, from, at: began });
    const address = (verb: 'drill' | 'drill-status'): string => sight().baseUrl + webhookAddress(test.carrier, verb, drillQuery({ drill: id, test: at }));
    try {
      const { ref } = await withApi(one, (api) => {
        if (!api.placeCall) throw new Failure('carrier_refused', 'This kind of carrier cannot be told to call');
        return api.placeCall({ to: test.to, from, answerUrl: address('drill'), statusUrl: address('drill-status'), ringSeconds: test.ringSeconds, limitSeconds: TALK_SECONDS });
      });
      await see(one, 'accepted', ref);
    } catch (error) {
      await notPlaced(one, error);
    }
  }

  async function notPlaced(one: OneTest, error: unknown): Promise<void> {
    const code = codeOf(error);
    const detail = error instanceof Failure ? error.message : undefined;
    // It may ring: what is heard of it will tell.
    if (code === 'carrier_outcome_unknown' || code === 'store_unavailable') return;
    if (code !== 'carrier_throttled' && code !== 'carrier_unavailable') {
      await see(one, 'ended', 'refused', detail ?? 'The call could not be placed');
      return;
    }
    // Nothing was done: it is tried again.
    await drills.takeBack(one.id, one.at, one.test.to, one.marks.placing?.at ?? clock.now());
    await drills.legEnded(legOf(one));
    one.marks = {};
    resting.set(one.test.carrier, clock.now() + ((error as Failure).retryAfterSeconds ?? REST_MS / 1000) * 1000);
    log.debug({ err: error, carrier: one.test.carrier }, 'a carrier takes no test calls for now');
  }

  async function note(one: OneTest): Promise<void> {
    const { id, test, marks } = one;
    const name = legOf(one);
    if (noted.has(name) || !isOver(marks) || !marks.placing) return;
    await drills.legEnded(name);
    const { is } = drillTest(marks);
    const before = await drills.proofs(test.plans.map((plan) => ({ plan, to: test.to })));
    for (const [at, plan] of test.plans.entries()) {
      const known = before[at];
      // Ended from here, it says nothing of the destination.
      if (is === 'stopped' || is === 'unknown') continue;
      const proven = is === 'proven' ? { provenAt: marks.confirmed?.at ?? marks.placing.at, carrier: test.carrier } : known?.provenAt === undefined ? {} : { provenAt: known.provenAt, ...(known.carrier === undefined ? {} : { carrier: known.carrier }) };
      await drills.prove(plan, test.to, { triedAt: marks.placing.at, drill: id, is, ...proven });
    }
    noted.add(name);
  }

  return {
    restsUntil: (carrier) => resting.get(carrier) ?? 0,
    stopOf,
    statesOf,
    async skip(one, why) {
      await see(one, 'skipped', why);
    },
    place,
    watch,
    note,
    forget(tests) {
      for (const one of tests) noted.delete(legOf(one));
    },
  };
}
