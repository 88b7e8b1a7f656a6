/** Workers on a Redis that a test takes away, subscribers that it makes fail, and piles for them: what was accepted must end, counted, once, in order. */
import { expect } from 'vitest';
import { createSubscriber, type Behaviour, type Subscriber } from '../../stand-ins/subscriber/subscriber.ts';
import type { Subscriber as SubscriberRecord } from '../../src/domain/subscriber.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import type { BacklogStore } from '../../src/store/backlog-store.ts';
import { createConfirmed } from '../../src/store/replica-wait.ts';
import { wrongs } from '../support/nothing-lost.ts';
import { createPiles, type Pile, type Piles } from '../support/piles.ts';
import { launchService, newDataDir, type ServiceProcess } from '../support/service-process.ts';
import { openWorld } from '../support/world.ts';

/** For what must first be noticed, taken over and tried again, milliseconds. */
const PATIENCE = { timeout: 60_000, interval: 50 };

export interface Told {
  id: string;
  receiver: Subscriber;
  piles: Pile[];
  /** How many it took so far. */
  taken(): number;
}

export interface BacklogSite {
  backlog: BacklogStore;
  piles: Piles;
  /** Starts workers. `megabytes`: what they may have of memory for what lives long. */
  work(megabytes?: number): Promise<ServiceProcess>;
  /** A subscriber that is held back. `at`: where it is posted to, when that is not the receiver itself. */
  tell(id: string, behaviour?: Behaviour, record?: Partial<SubscriberRecord>, at?: (receiver: Subscriber) => string): Promise<Told>;
  /** Puts down history and states for it, numbered on from what is there. */
  pile(told: Told, history: number, states: number): Promise<void>;
  /** Waits until nothing waits for these; then all that was put down must have ended as it was to. */
  expectAll(told: readonly Told[], isGivenUp?: (line: string) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** `replicas`: by how many a pile must be held before it counts as accepted. */
export async function openBacklogSite(url: string, replicas = 0): Promise<BacklogSite> {
  const world = await openWorld(url);
  const backlog = createBacklogStore(world.redis, createConfirmed(world.redis, replicas));
  const piles = createPiles({ store: world.store, backlog });
  const receivers: Subscriber[] = [];
  const dataDir = await newDataDir();

  async function isDone({ id }: Told): Promise<boolean> {
    // A Redis that is on its way back does not answer.
    const status = await backlog.status(id).catch(() => undefined);
    return status?.counts.waiting === 0;
  }

  return {
    backlog,
    piles,
    async work(megabytes) {
      const workers = launchService(dataDir, { ...(megabytes === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${megabytes}` }), REDIS_URL: url, SECRET_KEY: '5e'.repeat(32), RECEIVERS_MAY_BE_PRIVATE: 'yes', SECRET_OF_SUBSCRIBERS: receivers[0]?.secret }, 'workers/main.js');
      await expect.poll(() => workers.log.some(({ msg }) => /in step|complete/.test(String(msg))) || workers.child.exitCode !== null).toBe(true);
      return workers;
    },
    async tell(id, behaviour = {}, record = {}, at = ({ url: itself }) => itself) {
      const receiver = await createSubscriber({ behaviour });
      receivers.push(receiver);
      await piles.subscribe([id], at(receiver), record);
      await piles.hold([id]);
      return { id, receiver, piles: [], taken: () => receiver.report().taken };
    },
    async pile(told, history, states) {
      for (const [count, is] of [[history, 'history'], [states, 'state']] as const) {
        const from = told.piles.reduce((sum, pile) => sum + pile.count, 0);
        const pile: Pile = { count, class: is, subscribers: [told.id], lines: 50, bytes: 200, from };
        await piles.pile(pile);
        told.piles.push(pile);
      }
    },
    async expectAll(told, isGivenUp) {
      for (const one of told) await expect.poll(() => isDone(one), PATIENCE).toBe(true);
      const found: Record<string, string[]> = {};
      for (const { id, receiver, piles: put } of told) found[id] = await wrongs({ receiver, counts: (await backlog.status(id)).counts, piles: put, ...(isGivenUp ? { isGivenUp } : {}) });
      expect(found).toEqual(Object.fromEntries(told.map(({ id }) => [id, []])));
      expect((await backlog.totals()).unaccounted).toBe(0);
    },
    async close() {
      for (const receiver of receivers) await receiver.close();
      await world.close();
    },
  };
}
