/**
 * Takes operators' orders. With Redis there, an order is carried out in Redis. Without, it is put on the local disk and in force in
 * this process at once, and everywhere when Redis is back: orders are shipped in the order in which they were given, each with
 * its own time, and the later word holds (rules/operators-word.ts).
 */
import type { Logger } from 'pino';
import { holdsOver, wordOf, type Word } from '../../rules/operators-word.ts';
import { Failure } from '../domain/errors.ts';
import type { PrimaryState } from '../domain/primary.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import { atMost, createPause } from '../system/pause.ts';
import type { SpoolQueue } from '../spool/spool.ts';
import { storeUnavailable } from '../store/answering.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Random, Timers } from '../system/system.ts';
import { carryOut } from './divert.ts';
import { newDiversionId, readOrder, stateAfter, type Order } from './order.ts';

/** What this process holds of primaries, and lets its own orders come over. */
export interface OwnWords {
  exists(primary: string): boolean;
  /** As calls are judged by it now. */
  state(primary: string): PrimaryState;
  /** Puts a state over the one from Redis, for as long as its word holds over the one there. */
  say(primary: string, state: PrimaryState, word: Word): void;
  unsay(primary: string): void;
}

export type GivenOrder = Pick<Order, 'primary' | 'says' | 'by' | 'reason' | 'requestId' | 'firstShare'>;

export interface Given {
  state: PrimaryState;
  diversion: string | undefined;
  changed: boolean;
  /** The commit that holds it; undefined while it waits on the local disk. */
  revision: number | undefined;
  /** The time by which it is measured against other words. */
  at: number;
}

export interface OrderDesk {
  /** Puts in force what an earlier process left on disk, and ships it; to be called when the spool is open. */
  start(): Promise<void>;
  /** Throws `not_found`, `write_contended`, or `store_unavailable` when neither Redis nor the local disk takes it. */
  give(order: GivenOrder): Promise<Given>;
  /** True while an order for this primary waits on the local disk. */
  isPending(primary: string): boolean;
  readonly pending: number;
  stop(): Promise<void>;
}

interface Options {
  store: Store;
  spool: SpoolQueue;
  words: OwnWords;
  /** Whether Redis is believed to be there: when not, nobody waits for it to be tried. */
  reachable(): boolean;
  /** Resolves true when this process holds commit `revision`, false when it does not after `ms`. */
  reached(revision: number, ms: number): Promise<boolean>;
  /** Told of an order from the local disk that turned the primary; twice when it was carried out and nobody knew. */
  shipped?(order: Order): void;
  clock: Clock;
  timers: Timers;
  random: Random;
  log: Logger;
}

const AT_ONCE = 100;
const RETRY_MS = 250;
/** How long a new order waits for the ones before it to be shipped. */
const SHIPPING_MS = 1000;

const isUnavailable = (error: unknown): boolean => error instanceof Failure && error.code === 'store_unavailable';
/** Not carried out yet; tried again. */
const isPassing = (error: unknown): boolean => isUnavailable(error) || (error instanceof Failure && error.code === 'write_contended');

export function createOrderDesk({ store, spool, words, reachable, reached, shipped: onShipped, clock, timers, random, log }: Options): OrderDesk {
  const rest = createPause(timers, RETRY_MS);
  const waiting = new Map<string, string>();
  /** The order by which a primary's state is put over the one from Redis. */
  const inForce = new Map<string, Order>();
  let stopped = false;

  function lastWord(primary: string): Word | undefined {
    const [known, own] = [wordOf(words.state(primary)), inForce.get(primary)];
    return own && holdsOver(own, known) ? own : known;
  }

  /** Its time is after the last word that is known here: whoever says it has seen that one. */
  function orderOf(given: GivenOrder): Order {
    const now = clock.now();
    const last = lastWord(given.primary);
    const at = last && last.says !== given.says ? Math.max(now, last.at + 1) : Math.max(now, last?.at ?? 0);
    return { ...given, id: random.uuid(), at, diversion: newDiversionId(at, random) };
  }

  function putInForce(order: Order): PrimaryState {
    const current = words.state(order.primary);
    waiting.set(order.id, order.primary);
    if (!holdsOver(order, lastWord(order.primary))) return current;
    const next = stateAfter(current, order);
    inForce.set(order.primary, order);
    words.say(order.primary, next, order);
    return next;
  }

  async function keep(order: Order, cause: unknown): Promise<Given> {
    if (!words.exists(order.primary)) throw new Failure('not_found', 'No such primary');
    const before = words.state(order.primary);
    try {
      await spool.append([order]);
    } catch (error) {
      log.error({ err: error, primary: order.primary }, 'an order could be written neither to Redis nor to the local disk');
      throw storeUnavailable(cause);
    }
    const state = putInForce(order);
    log.warn({ order: order.id, primary: order.primary, says: order.says }, 'an order is in force in this process and waits on the local disk for Redis');
    ship();
    const changed = state !== before;
    return { state, diversion: state.diversion ?? (changed ? before.diversion : undefined), changed, revision: undefined, at: order.at };
  }

  /** Once the table has what became of the order, that is the truth; unless a later one is in force here. */
  async function letGo(order: Order, revision: number): Promise<void> {
    while (!stopped && !(await reached(revision, SHIPPING_MS)));
    if (inForce.get(order.primary)?.id !== order.id) return;
    inForce.delete(order.primary);
    words.unsay(order.primary);
  }

  async function shipOne(number: number, value: unknown): Promise<void> {
    const order = readOrder(value);
    if (!order) log.error({ number }, 'an order on the local disk cannot be read and is given up');
    else {
      try {
        const { effect, revision } = await carryOut(store, order, clock.now());
        log.info({ order: order.id, primary: order.primary, says: order.says, effect }, 'an order from the local disk was carried out in Redis');
        if (effect === 'turned' || effect === 'known') onShipped?.(order);
        void letGo(order, revision);
      } catch (error) {
        if (isPassing(error)) throw error;
        log.error({ err: error, order: order.id, primary: order.primary, says: order.says }, 'an order from the local disk cannot be carried out and is given up');
        void letGo(order, 0);
      }
    }
    await spool.remove([number]);
    if (order) waiting.delete(order.id);
  }

  async function run(): Promise<void> {
    while (spool.size > 0 && !stopped) {
      try {
        const kept = await spool.oldest(AT_ONCE);
        // They are being written.
        if (kept.length === 0) await rest.pause();
        for (const { number, value } of kept) await shipOne(number, value);
      } catch (error) {
        log.debug({ err: error, waiting: spool.size }, 'orders on the local disk cannot be carried out yet');
        await rest.pause();
      }
    }
  }

  const shipping = oneAtATime(run, () => {
    // One that was given as the last were done.
    if (spool.size > 0) ship();
  });

  function ship(): void {
    if (!stopped) shipping.begin();
  }

  /** Orders that were given before go first; true when none is left. */
  async function shipped(): Promise<boolean> {
    if (spool.size === 0) return true;
    ship();
    await atMost(timers, SHIPPING_MS, shipping.underWay);
    return spool.size === 0;
  }

  return {
    async start() {
      for (const { value } of await spool.oldest(Number.MAX_SAFE_INTEGER).catch(() => [])) {
        const order = readOrder(value);
        if (order) putInForce(order);
      }
      if (spool.size > 0) log.warn({ orders: spool.size }, 'orders that an earlier process left on the local disk are in force in this one');
      ship();
    },
    async give(given) {
      const order = orderOf(given);
      if (!reachable() || !(await shipped())) return keep(order, new Error('Redis is not reachable'));
      try {
        const { effect, state, diversion, revision, at } = await carryOut(store, order);
        return { state, diversion, changed: effect === 'turned', revision, at };
      } catch (error) {
        // It may have been carried out all the same: it is known by its id, and not carried out again.
        if (isUnavailable(error)) return keep(order, error);
        throw error;
      }
    },
    isPending: (primary) => [...waiting.values()].includes(primary),
    get pending() {
      return spool.size;
    },
    async stop() {
      stopped = true;
      rest.end();
      await shipping.underWay;
    },
  };
}
