/**
 * Works off what is due at one carrier, within what that carrier takes: so many writes a second, so many requests at once, a pause
 * when it asks for one, a single try now and then while it is down. One drain a carrier, so that these hold for all processes
 * together, and no carrier waits for another.
 */
import type { Logger } from 'pino';
import type { Send } from '../carriers/api.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { DueRoutes, DueUnit, Rank } from '../store/due-routes.ts';
import { groupIn } from '../store/route-store.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { chanceOf, type System } from '../system/system.ts';
import { afterFailure, afterSuccess, backoff, BREAK_AFTER, WELL, type Health, type HealthStore } from './carrier-health.ts';
import { createPacer, type Pacer } from './pacer.ts';
import type { Reconciled, Turn } from './reconcile.ts';

export interface DrainDeps {
  due: DueRoutes;
  health: HealthStore;
  /** As they are now: they may be changed meanwhile. That no more requests than `atOnce` are under way is seen to by whoever sends them. */
  limits(): { writesPerSecond: number; atOnce: number };
  /** `turn` rejects when the drain is to end; so does `send`, which sends what is only read at the same pace. */
  reconcile(unit: string, turn: () => Promise<Turn>, send: Send): Promise<Reconciled>;
  /** How important a unit is; undefined: it need not be looked at again. */
  rankOf(unit: string): Rank | undefined;
  /** Between two looks at a unit that nobody asked for, milliseconds; a quarter more or less. */
  sweepMs(unit: string): number;
  load: LoadLevel;
  log: Logger;
  system: System;
}

class Ended extends Error {}

/** Of each unit's time, what our own store may take: units of so many seconds are in hand beside those with requests under way. */
const OUR_OWN_SECONDS = 0.2;
const LOOK_MS = 100;
/** A pause of this length is waited for. */
const SHORT_PAUSE_MS = 2000;
const OVERTAKEN_MS = 200;
const STORE_MS = 500;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** What the carrier refused for good is tried again all the same: somebody may have put it right there. */
const REFUSED_MS = 60_000;
const REFUSED_LONGEST_MS = 3_600_000;

export interface Drain {
  /** Resolves when nothing is due, the carrier pauses, or it was told to end; what is in hand is finished first. */
  run(ended: () => boolean): Promise<void>;
}

export function createDrain(carrier: string, { due, health: notes, limits, reconcile, rankOf, sweepMs, load, log, system }: DrainDeps): Drain {
  const { clock, timers, random } = system;
  const share = (): number => chanceOf(random);
  const rest = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));
  let health: Health = WELL;
  let pacer: Pacer | undefined;

  /** More than there may be requests under way: what waits for our own store keeps no place at the carrier empty. */
  function mostInHand(): number {
    const { writesPerSecond, atOnce } = limits();
    return health.failures >= BREAK_AFTER ? 1 : atOnce + Math.ceil(writesPerSecond * OUR_OWN_SECONDS);
  }

  const pauseMs = (): number => Math.max(0, health.pausedUntil - clock.now());

  async function turn(): Promise<Turn> {
    const given = pauseMs() > 0 ? undefined : await pacer?.turn();
    if (!given) throw new Ended();
    return {
      ...given,
      async gate() {
        const answered = await given.gate();
        return pauseMs() === 0 ? answered : undefined;
      },
    };
  }

  async function learn(next: Health): Promise<void> {
    if (next === health || (next.failures === 0 && health.failures === 0)) return;
    const [open, wasOpen] = [next.failures >= BREAK_AFTER, health.failures >= BREAK_AFTER];
    if (open && !wasOpen) log.warn({ carrier, code: next.why }, "a carrier's API fails time after time and is tried now and then");
    if (!open && wasOpen) log.info({ carrier }, "a carrier's API answers again");
    health = next;
    // Who has not begun waits for it to be over, in its place.
    if (pauseMs() > 0) pacer?.dismiss();
    await notes.note(carrier, next);
  }

  const send: Send = async (request) => {
    const answered = await (await turn()).gate();
    if (!answered) throw new Ended();
    try {
      const answer = await request();
      answered();
      return answer;
    } catch (error) {
      // Whoever asked may go on without the answer: a pause is kept all the same.
      if (error instanceof Failure && error.code === 'carrier_throttled') await learn(afterFailure(health, error, clock.now(), share()));
      throw error;
    }
  };

  /** `before`: what it was worth when the look began. */
  function whenNext(result: Reconciled, { unit, rank }: DueUnit, before: Rank | undefined): { rank: Rank; at: number } | undefined {
    const now = clock.now();
    const known = rankOf(unit);
    // Nothing of it is to be kept any more since the look began: it may have been settled by what was wanted then, and nobody would look again.
    if (result.is === 'settled' && !known && before && groupIn({ unit }) === undefined) return { rank: before, at: now };
    if (result.is === 'settled') return known && { rank: 'sweep', at: now + sweepMs(unit) * (0.75 + share() / 2) };
    const again = rank === 'sweep' && result.is === 'hindered' ? rank : (known ?? 'low');
    if (result.is === 'again') return { rank: again, at: now + result.afterMs };
    // In a pause nothing is sent anyway: it keeps its place.
    if (result.is === 'overtaken') return { rank: again, at: pauseMs() > 0 ? now : now + OVERTAKEN_MS };
    if (result.forGood) return { rank: again, at: now + backoff(result.attempts - 1, REFUSED_MS, REFUSED_LONGEST_MS, share()) };
    // The carrier's doing, not the unit's: it keeps its place.
    if (result.failure.code === 'carrier_throttled') return { rank: again, at: now };
    // After the pause others are tried first: a unit at which the carrier always fails must not keep it closed for all.
    return { rank: again, at: Math.max(now, health.pausedUntil) + backoff(result.attempts - 1, FIRST_RETRY_MS, LONGEST_RETRY_MS, share()) };
  }

  async function one(taken: DueUnit): Promise<void> {
    const before = rankOf(taken.unit);
    try {
      const result = await reconcile(taken.unit, turn, send);
      if (result.is !== 'hindered' || result.forGood) await learn(afterSuccess(health, clock.now()));
      else {
        log.debug({ carrier, code: result.failure.code, attempts: result.attempts }, 'a routing could not be brought to what is wanted this time');
        await learn(afterFailure(health, result.failure, clock.now(), share()));
      }
      await due.settle(carrier, taken, whenNext(result, taken, before));
    } catch (error) {
      if (error instanceof Ended) return;
      if (codeOf(error) === 'store_unavailable') {
        log.debug({ err: error, carrier }, 'a routing waits for the store');
        return rest(STORE_MS);
      }
      log.error({ err: error, carrier, code: codeOf(error) }, 'a routing could not be looked at');
      await due.settle(carrier, taken, { rank: taken.rank, at: clock.now() + LONGEST_RETRY_MS }).catch(() => undefined);
    }
  }

  return {
    async run(ended) {
      health = await notes.read(carrier);
      const limited = createPacer(() => limits().writesPerSecond, system);
      pacer = limited;
      const hand = new Map<string, Promise<void>>();
      try {
        while (!ended()) {
          const pause = pauseMs();
          const room = load.level >= LEVEL.background || pause > 0 ? 0 : mostInHand() - hand.size;
          // One that is finished while this is looked up would be found as it was before.
          const held = new Set(hand.keys());
          const found = room > 0 ? (await due.next(carrier, clock.now(), room + held.size)).filter(({ unit }) => !held.has(unit)) : [];
          for (const taken of found.slice(0, Math.max(0, room))) hand.set(taken.unit, one(taken).finally(() => hand.delete(taken.unit)));
          if (hand.size === 0 && (pause > SHORT_PAUSE_MS || room > 0)) return;
          await Promise.race([...hand.values(), rest(pause > 0 ? Math.min(pause, LOOK_MS) : LOOK_MS)]);
        }
      } finally {
        pacer = undefined;
        limited.dismiss();
        await Promise.all(hand.values());
      }
    },
  };
}
