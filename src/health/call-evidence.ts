/**
 * What this process's own calls say of the primaries: each that was offered and how it ended, summed up by rules/primary-calls.ts, told to the board once a second. What is usual is
 * kept on the local disk (src/health/kept-habits.ts); the rest is in memory alone.
 */
import type { UsualWeek } from '../../rules/call-habits.ts';
import type { CallSaying } from '../../rules/call-health.ts';
import { CALLS_COUNT_MS, createPrimaryCalls, type PrimaryCalls } from '../../rules/primary-calls.ts';
import { createTrial, type Tried, type Trial } from '../../rules/trial.ts';
import type { PrimaryNews } from '../calls/call-news.ts';
import type { HealthThresholds } from '../domain/health-policy.ts';
import type { System } from '../system/system.ts';
import type { EvidenceBoard } from './evidence-board.ts';

export interface CallEvidence extends PrimaryNews {
  /** Calls that were offered to a primary in the step of its probation that began at `since`, milliseconds since 1970. */
  tried(primary: string, since: number): Tried;
  /** What is usual for each primary, as it was learnt; those of which nothing is known are left out. */
  learnt(): Map<string, UsualWeek>;
  /** What was learnt by an earlier process; to be called before the start. */
  remember(primary: string, week: UsualWeek): void;
  start(): void;
  stop(): void;
}

interface Options {
  /** This process, as its sources name it. */
  self: string;
  board: Pick<EvidenceBoard, 'tell' | 'withdraw'>;
  thresholds(primary: string): HealthThresholds;
  system: Pick<System, 'clock' | 'timers'>;
}

interface Heard {
  calls: PrimaryCalls;
  trial: { since: number; trial: Trial } | undefined;
  /** What the board has of it. */
  told: Set<'calls' | 'traffic'>;
}

const TELL_MS = 1000;
/** Calls that are under way, whose beginning is remembered: the newest, and as many again. */
const UNDER_WAY = 50_000;

/** When calls were offered; the oldest are forgotten. */
function createBeginnings() {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  return {
    note(call: string, at: number): void {
      if (young.size >= UNDER_WAY) [old, young] = [young, new Map()];
      young.set(call, at);
    },
    take(call: string): number | undefined {
      const at = young.get(call) ?? old.get(call);
      young.delete(call);
      old.delete(call);
      return at;
    },
  };
}

export function createCallEvidence({ self, board, thresholds, system: { clock, timers } }: Options): CallEvidence {
  const heard = new Map<string, Heard>();
  const beginnings = createBeginnings();
  let endTelling = (): void => undefined;

  const begin = (primary: string, week?: UsualWeek): Heard => {
    const begun = { calls: createPrimaryCalls(week), trial: undefined, told: new Set<'calls' | 'traffic'>() };
    heard.set(primary, begun);
    return begun;
  };
  const of = (primary: string): Heard => heard.get(primary) ?? begin(primary);

  function say(primary: string, group: 'calls' | 'traffic', told: Heard['told'], says: CallSaying | undefined): void {
    const source = `${group}/${self}`;
    if (says) {
      board.tell({ primary, source, group, claim: says.claim, weight: says.weight, at: Math.round(says.at), expiresAt: clock.now() + CALLS_COUNT_MS, because: says.because });
      told.add(group);
    } else if (told.delete(group)) board.withdraw(primary, source);
  }

  function tellAll(): void {
    const now = clock.now();
    for (const [primary, { calls, told }] of heard) {
      const says = calls.says(now, thresholds(primary).calls);
      for (const group of ['calls', 'traffic'] as const) say(primary, group, told, says[group]);
    }
  }

  return {
    came: (primary) => of(primary).calls.came(clock.now()),
    offered(primary, call) {
      const now = clock.now();
      beginnings.note(call, now);
      of(primary).calls.offered(now);
    },
    ended(primary, call, number, result) {
      const now = clock.now();
      const { calls, trial } = of(primary);
      // Offered by another process, it is counted when we hear of it.
      const failed = calls.ended(now, beginnings.take(call) ?? now, number, result);
      trial?.trial.ended(failed);
    },
    tried(primary, since) {
      const known = of(primary);
      if (known.trial?.since !== since) known.trial = { since, trial: createTrial(since) };
      return known.trial.trial.tried;
    },
    learnt: () => new Map([...heard].flatMap(([primary, { calls: { usual } }]) => (usual.some(Boolean) ? [[primary, usual] as const] : []))),
    remember: (primary, week) => void begin(primary, week),
    start() {
      endTelling = timers.every(TELL_MS, tellAll);
    },
    stop() {
      endTelling();
    },
  };
}
