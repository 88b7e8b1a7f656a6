/** The truth of a scenario: what every probe of, and every call to, a primary meets, and how each observer fares. Nobody who judges sees it. */
import type { LegResult } from '../domain/leg.ts';
import type { Dice } from './dice.ts';
import type { TRUTHS, WorldChange } from './scenario.ts';

interface Truth {
  is: (typeof TRUTHS)[number];
  delayMs: number;
  failure: number;
}

export type ProbeAnswer = 'up' | 'degraded' | 'overloaded' | 'down';
export type ObserverTruth = 'up' | 'cut-off' | 'paused';

export interface World {
  change(change: WorldChange, now: number): void;
  observer(observer: number): ObserverTruth;
  /** What one probe finds, two tries included. */
  probe(primary: string, dice: Dice): ProbeAnswer;
  call(primary: string, dice: Dice): LegResult;
  /** Whether calls to it have failed within `ms` before. */
  failedLately(primary: string, now: number, ms: number): boolean;
}

/** A try is given up after, and an answer counts as slow from, milliseconds. */
export const PROBE_TIMEOUT_MS = 1000;
const SLOW_MS = 300;
/** A call that is answered so late is given up by the carrier, milliseconds. */
const CALL_PATIENCE_MS = 8000;
/** What fails is noise below this share. */
const NOISE = 0.05;

const WELL: Truth = { is: 'up', delayMs: 0, failure: 0 };

/** Shares of 0 to 1 where the scenario says nothing else. */
const USUAL_FAILURE = { flaky: 0.4, busy: 0.9 } as const;

function truthOf({ is, delayMs = 2000, failure }: WorldChange): Truth {
  if (is === 'flaky' || is === 'busy') return { is, delayMs: 0, failure: failure ?? USUAL_FAILURE[is] };
  return { is: is === 'cut-off' || is === 'paused' ? 'up' : is, delayMs: is === 'slow' ? delayMs : 0, failure: is === 'down' ? 1 : 0 };
}

const failureOfCalls = ({ is, delayMs, failure }: Truth): number => (is === 'slow' && delayMs >= CALL_PATIENCE_MS ? 1 : failure);

export function createWorld(): World {
  const truths = { calls: new Map<string, Truth>(), probes: new Map<string, Truth>() };
  const observers = new Map<number, ObserverTruth>();
  /** When calls to it last began or ceased to fail. */
  const badUntil = new Map<string, number>();

  const isBad = (primary: string): boolean => failureOfCalls(truths.calls.get(primary) ?? WELL) >= NOISE;

  return {
    change(change, now) {
      const { primary, observer, is, only } = change;
      if (observer !== undefined) observers.set(observer, is === 'cut-off' || is === 'paused' ? is : 'up');
      if (primary === undefined) return;
      if (isBad(primary)) badUntil.set(primary, now);
      for (const what of ['calls', 'probes'] as const) if (only === undefined || only === what) truths[what].set(primary, truthOf(change));
    },
    observer: (observer) => observers.get(observer) ?? 'up',
    probe(primary, dice) {
      const { is, delayMs, failure } = truths.probes.get(primary) ?? WELL;
      if (is === 'down' || (is === 'slow' && delayMs >= PROBE_TIMEOUT_MS)) return 'down';
      if (is === 'slow') return delayMs >= SLOW_MS ? 'degraded' : 'up';
      if (failure === 0 || dice.roll() >= failure) return 'up';
      if (is === 'busy') return 'overloaded';
      return dice.roll() < failure ? 'down' : 'degraded';
    },
    call(primary, dice) {
      const truth = truths.calls.get(primary) ?? WELL;
      const failure = failureOfCalls(truth);
      if (failure === 0 || dice.roll() >= failure) return { end: 'answered', cause: 'user' };
      return { end: 'failed', cause: truth.is === 'busy' ? 'overloaded' : 'down' };
    },
    failedLately: (primary, now, ms) => isBad(primary) || now - (badUntil.get(primary) ?? Number.NEGATIVE_INFINITY) <= ms,
  };
}
