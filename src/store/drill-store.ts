/**
 * What is seen of test calls, as it comes: of each kind the first counts, so that no order, doubling or crash changes what a test
 * came to. Beside it: what was proven of each destination of a plan, and how many calls were made.
 */
import type { Redis } from 'ioredis';
import { dayOf, MARKS, type Mark, type Marks, type Seen } from '../domain/drill-marks.ts';
import { HELD_BACK, type HeldBack, type TestResult } from '../domain/drill.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';
import { activeAt, shareBegun, shareEnded, type SharedLeg } from './leg-stream.ts';

/** Of a destination of a plan. */
export interface Proof {
  /** When it was last tried, milliseconds since 1970, in which drill, and what came of it. */
  triedAt: number;
  drill: string;
  is: TestResult;
  /** When it was last proven, and by whose carrier. */
  provenAt?: number;
  carrier?: string;
}

export interface DrillTestSeen {
  marks: Marks;
  /** Why it has not been called yet, as the worker said last. */
  waits: HeldBack | undefined;
}

export interface DrillStore {
  /** By the place of the test in its drill. Throws `store_unavailable`, as all of these. */
  seen(drill: string): Promise<ReadonlyMap<number, DrillTestSeen>>;
  /** True when it is the first of its kind. */
  mark(drill: string, test: number, mark: Mark, seen: Seen): Promise<boolean>;
  /** Puts down that the carrier is told to call; false when somebody else did. The calls of the day are counted. */
  begin(drill: string, test: number, to: string, at: number): Promise<boolean>;
  /** The carrier was not told, for certain. */
  takeBack(drill: string, test: number, to: string, at: number): Promise<void>;
  waits(drill: string, test: number, why: HeldBack): Promise<void>;
  callsOf(at: number): Promise<number>;
  /** When each of them had its last test call. */
  calledAt(tos: readonly string[]): Promise<(number | undefined)[]>;
  proofs(wanted: readonly { plan: string; to: string }[]): Promise<(Proof | undefined)[]>;
  /** All there are, by plan and destination. */
  allProofs(): Promise<ReadonlyMap<string, Proof>>;
  prove(plan: string, to: string, proof: Proof): Promise<void>;
  /** True for the first who asks within a day: the plan is to be drilled by itself. */
  claimPlan(plan: string): Promise<boolean>;
  /** How many calls there are at each destination. */
  active(): Promise<ReadonlyMap<string, number>>;
  legBegan(leg: SharedLeg): Promise<void>;
  legEnded(call: string): Promise<void>;
}

/** What was seen goes into the record when a drill ends; webhooks that come later still find it for a while, seconds. */
const KEPT_SECONDS = 40 * 86_400;
const DAYS_KEPT_SECONDS = 3 * 86_400;
/** A day, and not quite: at the same hour of the next it is free again. */
const CLAIMED_SECONDS = 86_000;
const ME = 'drills';

/** Ids of plans have no blanks. */
export const proofKey = (plan: string, to: string): string => `${plan} ${to}`;

function parsed<T>(text: string | null | undefined, good: (value: Partial<T>) => boolean): T | undefined {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<T> | null;
    return value !== null && typeof value === 'object' && good(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

const seenIn = (text: string): Seen | undefined => parsed<Seen>(text, ({ at }) => typeof at === 'number');
const proofIn = (text: string | null | undefined): Proof | undefined => parsed<Proof>(text, ({ triedAt, is }) => typeof triedAt === 'number' && typeof is === 'string');
const isMark = (text: string): text is Mark => (MARKS as readonly string[]).includes(text);

export function createDrillStore(redis: Redis): DrillStore {
  async function mark(drill: string, test: number, kind: Mark, seen: Seen): Promise<boolean> {
    const key = keys.drillMarks(drill);
    const [first] = await Promise.all([answering(redis.hsetnx(key, `${test}.${kind}`, JSON.stringify(seen))), answering(redis.expire(key, KEPT_SECONDS))]);
    return first === 1;
  }

  return {
    async seen(drill) {
      const found = new Map<number, { marks: Partial<Record<Mark, Seen>>; waits: HeldBack | undefined }>();
      for (const [field, text] of Object.entries(await answering(redis.hgetall(keys.drillMarks(drill))))) {
        const [test = '', kind = ''] = field.split('.');
        const one = found.get(Number(test)) ?? { marks: {}, waits: undefined };
        found.set(Number(test), one);
        if (kind === 'waits' && text in HELD_BACK) one.waits = text as HeldBack;
        const seen = isMark(kind) ? seenIn(text) : undefined;
        if (seen && isMark(kind)) one.marks[kind] = seen;
      }
      return found;
    },
    mark,
    async begin(drill, test, to, at) {
      if (!(await mark(drill, test, 'placing', { at }))) return false;
      const day = keys.drillCalls(dayOf(at));
      await answering(redis.multi().hset(keys.drillCalled, to, at).incr(day).expire(day, DAYS_KEPT_SECONDS).exec());
      return true;
    },
    async takeBack(drill, test, to, at) {
      await answering(redis.multi().hdel(keys.drillMarks(drill), `${test}.placing`).hdel(keys.drillCalled, to).decr(keys.drillCalls(dayOf(at))).exec());
    },
    async waits(drill, test, why) {
      await answering(redis.hset(keys.drillMarks(drill), `${test}.waits`, why));
    },
    callsOf: async (at) => Number((await answering(redis.get(keys.drillCalls(dayOf(at))))) ?? 0),
    async calledAt(tos) {
      if (tos.length === 0) return [];
      return (await answering(redis.hmget(keys.drillCalled, ...tos))).map((text) => (text === null ? undefined : Number(text)));
    },
    async proofs(wanted) {
      if (wanted.length === 0) return [];
      return (await answering(redis.hmget(keys.drillProofs, ...wanted.map(({ plan, to }) => proofKey(plan, to))))).map(proofIn);
    },
    async allProofs() {
      const all = await answering(redis.hgetall(keys.drillProofs));
      return new Map(Object.entries(all).flatMap(([key, text]) => {
        const proof = proofIn(text);
        return proof ? [[key, proof] as const] : [];
      }));
    },
    async prove(plan, to, proof) {
      await answering(redis.hset(keys.drillProofs, proofKey(plan, to), JSON.stringify(proof)));
    },
    claimPlan: async (plan) => (await answering(redis.set(keys.drillClaim(plan), '1', 'EX', CLAIMED_SECONDS, 'NX'))) === 'OK',
    active: () => answering(activeAt(redis)),
    async legBegan(leg) {
      await answering(shareBegun(redis, ME, leg));
    },
    async legEnded(call) {
      await answering(shareEnded(redis, ME, call));
    },
  };
}
