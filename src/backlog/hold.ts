/** A drain's hold on its backlog: whether it has it still, for as long as the store has said so lately, and how the subscriber stands there. */
import type { Logger } from 'pino';
import type { BacklogStore, Standing } from '../store/backlog-store.ts';

export interface Hold {
  /** What the store answers to this says that the backlog was ours when it was asked. */
  signed<T>(work: () => Promise<T>): Promise<T>;
  /** Another has it. */
  lost(): void;
  /** Reads how the subscriber stands. */
  refresh(): Promise<void>;
  stand(standing: Parameters<BacklogStore['stand']>[1]): Promise<void>;
  readonly isLost: boolean;
  /** Without a sign for so long another may have been given it (TAKE_OVER): nothing is sent then. */
  readonly isSure: boolean;
  readonly standing: Standing;
}

const LEASE_MS = 2000;

/** `askedAt`: when the backlog was taken over, on the steady clock, milliseconds. */
export function createHold(subscriber: string, store: Pick<BacklogStore, 'stand' | 'standing'>, begun: { standing: Standing; askedAt: number }, steady: () => number, log: Logger): Hold {
  let { standing, askedAt: signAt } = begun;
  let isLost = false;

  /** Once when it begins to fail, and once when that is over. */
  function tell({ failingSince, failure }: Standing): void {
    if ((failingSince === undefined) === (standing.failingSince === undefined)) return;
    if (failingSince === undefined) log.info({ subscriber }, 'a subscriber takes what it is sent again');
    else log.warn({ subscriber, why: failure }, 'a subscriber answers nothing but failures: what it is sent waits, and one is tried now and then');
  }

  return {
    async signed(work) {
      const askedAt = steady();
      const answer = await work();
      signAt = Math.max(signAt, askedAt);
      return answer;
    },
    lost() {
      isLost = true;
    },
    async refresh() {
      standing = await store.standing(subscriber);
    },
    async stand(next) {
      const after = { ...standing, ...(next as Standing) };
      tell(after);
      standing = after;
      await store.stand(subscriber, next);
    },
    get isLost() {
      return isLost;
    },
    get isSure() {
      return steady() - signAt <= LEASE_MS;
    },
    get standing() {
      return standing;
    },
  };
}
