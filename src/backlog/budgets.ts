/**
 * How many posts may be on their way at once: one adaptive limit over all subscribers of a primary, in all worker processes together; one of its own for
 * a subscriber that has no primary, which stays in the process that drains it. Asking for a turn waits for nobody when there is room.
 */
import type { Logger } from 'pino';
import type { Redis } from 'ioredis';
import { BUDGET_KEPT_MS, EMPTY_WINDOW, limitOf, NEW_BUDGET, nextBudget, RESERVE_SHARE, type BudgetWindow, type ReplayBudget } from '../../rules/replay-budget.ts';
import { createBudgetExchange, type SharedBudget } from '../store/shared-budget.ts';
import type { System } from '../system/system.ts';
import { createBudgetScope, type BudgetScope, type Permit } from './budget-scope.ts';
import type { PostResult } from './budget-window.ts';
import type { Wish } from './permits.ts';

export type { Permit } from './budget-scope.ts';
export type { PostResult } from './budget-window.ts';
export type { Wish } from './permits.ts';

export interface Budget {
  /** At once when there is room; otherwise `given` is called in time, with none when it was dismissed. Never any more once the budgets are closed. */
  turn(wish: Wish, given: (permit: Permit | undefined) => void): Permit | undefined;
  /** Those of a subscriber that wait get undefined. */
  dismiss(subscriber: string): void;
  /** `limit`: over all processes. */
  readonly view: { limit: number; inFlight: number; waiting: number };
}

/** - `throttled`: 429, 502, 503 or 504; - `failed`: any other failure */
export const POST_ENDS = ['well', 'throttled', 'failed'] as const;
export type PostEnd = (typeof POST_ENDS)[number];

export type Scope = { primary: string } | { subscriber: string; ceiling: number };

export interface Budgets {
  of(scope: Scope): Budget;
  /** Of the primaries whose budgets are in use in this process. */
  readonly primaries: ReadonlyMap<string, Budget['view']>;
  /** Posts that are over, since this process began. */
  readonly posts: Readonly<Record<PostEnd, number>>;
  start(): void;
  /** Who waits gets undefined. */
  close(): Promise<void>;
}

export const EXCHANGE_MS = 100;
/** Without news of the others for so long, a process has one post in flight, milliseconds. */
const NEWS_MS = 1000;
/** The others count with a process for so long that does not come: longer than it keeps its share, clocks being a second apart, milliseconds. */
const SHARE_KEPT_MS = 3000;
const FLOOR = { all: 1, backlog: 1 };

interface Entry {
  scope: BudgetScope;
  /** Of a primary, which processes share. */
  primary: string | undefined;
  version: number;
  newsAt: number;
  /** The others know that it is here. */
  isTold: boolean;
  /** It is being shared now. */
  sharing?: Promise<void> | undefined;
}

const keyOf = (scope: Scope): string => ('primary' in scope ? `p ${scope.primary}` : `s ${scope.subscriber}`);

/** `maxInFlight`: of one primary, over all processes. */
export function createBudgets({ redis, maxInFlight, system, log }: { redis: Redis; maxInFlight: number; system: System; log: Logger }): Budgets {
  const { steady, clock, timers, random } = system;
  const exchange = createBudgetExchange(redis, { keptMs: BUDGET_KEPT_MS, firstLimit: limitOf(NEW_BUDGET, maxInFlight), reserve: RESERVE_SHARE });
  const self = random.uuid();
  const posts: Record<PostEnd, number> = { well: 0, throttled: 0, failed: 0 };
  const entries = new Map<string, Entry>();
  let endTicks = (): void => undefined;
  let isClosed = false;

  const count = ({ well, throttled }: PostResult): void => void (posts[well ? 'well' : throttled ? 'throttled' : 'failed'] += 1);

  function entryOf(scope: Scope): Entry {
    const key = keyOf(scope);
    const primary = 'primary' in scope ? scope.primary : undefined;
    const ceiling = 'primary' in scope ? maxInFlight : scope.ceiling;
    const known = entries.get(key);
    if (known) {
      known.scope.setCeiling(ceiling);
      return known;
    }
    const made: Entry = { scope: createBudgetScope({ steady, isShared: primary !== undefined, ceiling, counted: count }), primary, version: 0, newsAt: Number.NEGATIVE_INFINITY, isTold: false };
    entries.set(key, made);
    return made;
  }

  /** Takes what all have said; true when another budget holds. */
  function hear(entry: Entry, { version, budget, share, backlog }: SharedBudget): void {
    entry.newsAt = steady();
    if (version !== entry.version) {
      entry.version = version;
      entry.scope.adopt(budget === '' ? NEW_BUDGET : (JSON.parse(budget) as ReplayBudget));
    }
    entry.scope.setShare({ all: share, backlog });
  }

  async function tell(entry: Entry, primary: string, next?: ReplayBudget): Promise<SharedBudget> {
    const { scope, version } = entry;
    const { ms: _ms, ...seen } = scope.take();
    const now = clock.now();
    const needs = next === undefined && scope.idleMs > NEWS_MS ? undefined : scope.needs;
    entry.isTold = needs !== undefined;
    return exchange(primary, { process: self, now, keptUntil: now + SHARE_KEPT_MS, inFlight: scope.view.inFlight, needs, version, seen, ...(next && { next: { limit: limitOf(next, maxInFlight), budget: JSON.stringify(next) } }) });
  }

  async function exchangeOnce(entry: Entry, primary: string): Promise<void> {
    try {
      const heard = await tell(entry, primary);
      if (heard.version === entry.version) {
        const window: BudgetWindow = { ...EMPTY_WINDOW, ...heard.seen, ms: entry.scope.windowMs };
        const next = nextBudget(entry.scope.budget, window, maxInFlight);
        if (next) return hear(entry, await tell(entry, primary, next));
      }
      hear(entry, heard);
    } catch (error) {
      log.debug({ err: error, primary }, 'a budget was not shared with other processes');
      if (steady() - entry.newsAt > NEWS_MS) entry.scope.setShare(FLOOR);
    }
  }

  function share(entry: Entry, primary: string): void {
    entry.sharing ??= exchangeOnce(entry, primary).finally(() => (entry.sharing = undefined));
  }

  function tick(): void {
    for (const [key, entry] of entries) {
      const { scope, primary } = entry;
      if (scope.idleMs > NEWS_MS && !entry.isTold) {
        if (scope.idleMs > BUDGET_KEPT_MS) entries.delete(key);
      } else if (primary !== undefined) share(entry, primary);
      else scope.step();
    }
  }

  function turn(scope: Scope, wish: Wish, given: (permit: Permit | undefined) => void): Permit | undefined {
    if (isClosed) return undefined;
    const entry = entryOf(scope);
    const permit = entry.scope.turn(wish, given);
    // What comes first after a lull does not wait for the next exchange.
    if (!entry.isTold && entry.primary !== undefined) share(entry, entry.primary);
    return permit;
  }

  return {
    of: (scope) => ({
      turn: (wish, given) => turn(scope, wish, given),
      dismiss: (subscriber) => entries.get(keyOf(scope))?.scope.dismiss(subscriber),
      get view() {
        return entryOf(scope).scope.view;
      },
    }),
    get primaries() {
      return new Map([...entries.values()].flatMap(({ primary, scope }) => (primary === undefined ? [] : [[primary, scope.view] as const])));
    },
    posts,
    start() {
      endTicks = timers.every(EXCHANGE_MS, tick);
    },
    async close() {
      isClosed = true;
      endTicks();
      for (const { scope } of entries.values()) scope.dismissAll();
      for (const { sharing } of entries.values()) await sharing;
    },
  };
}
