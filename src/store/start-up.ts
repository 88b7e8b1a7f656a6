/** Brings a process up with Redis, or without: what needs Redis is done when it comes, and nothing else waits for that. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Failure } from '../domain/errors.ts';
import { createPause } from '../system/pause.ts';
import type { Timers } from '../system/system.ts';
import { COMMAND_TIMEOUT_MS, whenReady } from './connections.ts';
import type { Follower } from './follower.ts';

export interface StartUp {
  /** Resolves true when `steps` are done, false when Redis is not there so far: then they are done when it comes. Rejects as they do. */
  begin(steps: () => Promise<void>): Promise<boolean>;
  /** A step that is tried again for as long as the store does not answer or takes no writes. */
  insist<T>(step: () => Promise<T>): Promise<T>;
  /** Never resolves once it was told to stop: a start that is overtaken begins nothing more. */
  stillWanted(): Promise<void>;
  stop(): void;
}

const STILL_WAITING_MS = 5000;
const RETRY_MS = 1000;

export function createStartUp({ redis, follower, timers, log }: { redis: Redis; follower: Follower; timers: Timers; log: Logger }): StartUp {
  const rest = createPause(timers, RETRY_MS);
  let stopped = false;
  let goneWithout: () => void = () => undefined;
  let endWaiting: () => void = () => undefined;

  async function redisIsThere(): Promise<void> {
    let last: Error | undefined;
    const note = (error: Error): void => {
      last = error;
    };
    redis.on('error', note);
    endWaiting = timers.every(STILL_WAITING_MS, () => log.warn({ err: last }, 'Redis does not answer; it is waited for'));
    await whenReady(redis);
    endWaiting();
    redis.off('error', note);
  }

  return {
    begin: (steps) =>
      new Promise((resolve, reject) => {
        let without = false;
        if (stopped) return;
        goneWithout = () => {
          if (stopped) return;
          without = true;
          resolve(false);
        };
        const cancel = timers.after(COMMAND_TIMEOUT_MS, () => {
          if (redis.status !== 'ready') goneWithout();
        });
        void follower.firstFailure.then(goneWithout);
        async function all(): Promise<void> {
          await redisIsThere();
          await steps();
          if (without) log.info('Redis has come; everything is in order now');
        }
        all()
          .then(() => resolve(true), (error: unknown) => {
            if (without && !stopped) log.fatal({ err: error }, 'what needs Redis could not be begun when it came; start the service again');
            reject(error instanceof Error ? error : new Error(String(error)));
          })
          .finally(cancel);
      }),
    async insist(step) {
      for (;;) {
        try {
          return await step();
        } catch (error) {
          if (stopped || !(error instanceof Failure) || error.code !== 'store_unavailable') throw error;
          log.warn({ err: error }, 'Redis does not take what a start needs; it is tried again');
          goneWithout();
          await rest.pause();
        }
      }
    },
    async stillWanted() {
      if (stopped) await new Promise<never>(() => undefined);
    },
    stop() {
      stopped = true;
      endWaiting();
      rest.end();
    },
  };
}
