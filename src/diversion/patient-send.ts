/**
 * Requests to a carrier that nobody waits for: at the pace that the carrier's record names, after whatever is due to be diverted or put back
 * there, and sent again when it asks for a pause or does not answer. So a check never costs a diversion its turn.
 */
import type { Send } from '../carriers/api.ts';
import { Failure, type ErrorCode } from '../domain/errors.ts';
import type { DueRoutes } from '../store/due-routes.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { chanceOf, type System } from '../system/system.ts';
import { backoff, type HealthStore } from './carrier-health.ts';
import { createPacer } from './pacer.ts';

interface Options {
  due: Pick<DueRoutes, 'next'>;
  health: Pick<HealthStore, 'read'>;
  perSecond(): number;
  load: LoadLevel;
  system: System;
  /** Throws when there is to be no further request. */
  goOn(): void;
}

export interface PatientSend {
  send: Send;
  close(): void;
}

const TRIES = 6;
const WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** A carrier that asks for a longer pause is asked again another day. */
const LONGEST_PAUSE_MS = 600_000;
const AGAIN: readonly ErrorCode[] = ['carrier_throttled', 'carrier_unavailable'];

export function createPatientSend(carrier: string, { due, health, perSecond, load, system, goOn }: Options): PatientSend {
  const { clock, timers, random } = system;
  const pacer = createPacer(perSecond, system);
  const rest = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));

  /** In steps, so that an end is heeded soon. */
  async function wait(ms: number): Promise<void> {
    const until = clock.now() + ms;
    for (let left = ms; left > 0; left = until - clock.now()) {
      goOn();
      await rest(Math.min(left, WAIT_MS));
    }
  }

  async function busy(): Promise<boolean> {
    if (load.level >= LEVEL.background || (await health.read(carrier)).pausedUntil > clock.now()) return true;
    const [first] = await due.next(carrier, clock.now(), 1);
    return first !== undefined && first.rank !== 'sweep';
  }

  async function turn(): Promise<void> {
    goOn();
    while (await busy()) await wait(WAIT_MS);
    await (await pacer.turn())?.gate();
    goOn();
  }

  return {
    async send(request) {
      for (let tries = 1; ; tries += 1) {
        await turn();
        try {
          return await request();
        } catch (error) {
          if (!(error instanceof Failure) || !AGAIN.includes(error.code) || tries === TRIES) throw error;
          const asked = (error.retryAfterSeconds ?? 0) * 1000;
          if (asked > LONGEST_PAUSE_MS) throw error;
          await wait(Math.max(asked, backoff(tries - 1, WAIT_MS, LONGEST_WAIT_MS, chanceOf(random))));
        }
      }
    },
    close: pacer.dismiss,
  };
}
