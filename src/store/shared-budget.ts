/** One budget for all worker processes: what each saw is added up, whoever closes a window writes the next budget, and each gets its share of the limit. */
import type { Redis } from 'ioredis';
import { keys } from './keys.ts';
import { loadScript } from './script.ts';

export interface BudgetNews {
  process: string;
  /** Milliseconds since 1970, and until when the share is its own unless it comes again. */
  now: number;
  keptUntil: number;
  inFlight: number;
  /** In flight or waiting: live, and backlog of critical, standard and low customers. Undefined: it leaves. */
  needs: readonly number[] | undefined;
  /** What it saw since it told last, under which version of the budget. */
  version: number;
  seen: Readonly<Record<string, number>>;
  /** The next budget, by what all saw under that version. */
  next?: { limit: number; budget: string };
}

export interface SharedBudget {
  /** Another with each budget. */
  version: number;
  /** As it was given; empty: there is none yet. */
  budget: string;
  /** What all processes saw under it. */
  seen: Record<string, number>;
  /** What this process may have in flight, and up to how many of them something of the backlog may begin. */
  share: number;
  backlog: number;
}

type Reply = [version: number, budget?: string, seen?: string[], share?: number, backlog?: number];

const script = loadScript<Reply>('share-budget-1');

/** `keptMs`: an unused budget is forgotten after that; `reserve`: share of the limit that the backlog leaves free. Rejects when Redis does not answer. */
export function createBudgetExchange(redis: Redis, { keptMs, firstLimit, reserve }: { keptMs: number; firstLimit: number; reserve: number }): (primary: string, news: BudgetNews) => Promise<SharedBudget> {
  return async (primary, { process, now, keptUntil, inFlight, needs, version, seen, next }) => {
    const told = Object.entries(seen).flatMap(([name, number]) => (number === 0 ? [] : [`${name}=${number}`]));
    const [current, budget = '', sums = [], share = 0, backlog = 0] = await script.run(redis, [keys.budget(primary)], [Math.round(now), process, Math.round(keptUntil), inFlight, needs?.join(' ') ?? '', version, told.join(' '), next?.limit ?? '', next?.budget ?? '', keptMs, firstLimit, reserve]);
    const all: Record<string, number> = {};
    for (let at = 0; at + 1 < sums.length; at += 2) all[sums[at]!] = Number(sums[at + 1]);
    return { version: current, budget, seen: all, share, backlog };
  };
}
