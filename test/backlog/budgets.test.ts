/** Turns to post: in which order, within which limit, and how worker processes share it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBudgets, type Budget, type Budgets, type Permit, type Wish } from '../../src/backlog/budgets.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { turnOf } from './plant.ts';

const here = eachWorld();
const WELL = { ms: 5, well: true, throttled: false };
const never = (): never => {
  throw new Error('it was given at once');
};
const wish = (subscriber: string, more: Partial<Wish> = {}): Wish => ({ live: false, worth: 'standard', subscriber, ...more });

let open: Budgets[] = [];
afterEach(async () => {
  await Promise.all(open.map((budgets) => budgets.close()));
  open = [];
});

/** As another process has them. */
function start(maxInFlight = 200): Budgets {
  const budgets = createBudgets({ redis: here.world.redis, maxInFlight, system: realSystem, log: here.world.log });
  budgets.start();
  open.push(budgets);
  return budgets;
}

/** Asks for many turns and notes who gets one; each is kept until it is given back. */
function ask(budget: Budget, wishes: readonly Wish[]): { given: string[]; permits: Permit[] } {
  const [given, permits]: [string[], Permit[]] = [[], []];
  const one = async (wished: Wish): Promise<void> => {
    const permit = await turnOf(budget, wished);
    given.push(permit ? `${wished.live ? 'live ' : ''}${wished.worth} ${wished.subscriber}` : `dismissed ${wished.subscriber}`);
    if (permit) permits.push(permit);
  };
  for (const wished of wishes) void one(wished);
  return { given, permits };
}

async function giveBackOneByOne({ given, permits }: { given: string[]; permits: Permit[] }, until: number): Promise<void> {
  for (let back = 0; given.length < until; back += 1) {
    await expect.poll(() => permits.length).toBeGreaterThan(back);
    permits[back]?.done(WELL);
    await Promise.resolve();
  }
}

describe('a budget of one subscriber', () => {
  it('begins with one post, given at once, and lets the next go when it is back; the second word on a post changes nothing', async () => {
    const budgets = start();
    const budget = budgets.of({ subscriber: 'crm', ceiling: 10 });
    const told = vi.fn();
    const first = budget.turn(wish('crm'), told);
    const rest = ask(budget, [wish('crm'), wish('crm')]);
    expect(budget.view).toEqual({ limit: 1, inFlight: 1, waiting: 2 });
    first?.done(WELL);
    first?.done(WELL);
    await expect.poll(() => rest.given).toHaveLength(1);
    expect(budget.view).toMatchObject({ inFlight: 1, waiting: 1 });
    // Nothing was posted with it.
    rest.permits[0]?.done(undefined);
    await expect.poll(() => rest.given).toHaveLength(2);
    expect(told).not.toHaveBeenCalled();
    expect(budgets.posts).toEqual({ well: 1, throttled: 0, failed: 0 });
  });

  it('lets live ones go first, then the critical, and subscribers in turn', async () => {
    const budget = start().of({ subscriber: 'crm', ceiling: 1 });
    const asked = ask(budget, [
      wish('first'),
      ...['a', 'a', 'a', 'b'].map((subscriber) => wish(subscriber)),
      wish('l', { worth: 'low' }),
      wish('c', { worth: 'critical' }),
      wish('a', { live: true }),
      wish('c', { live: true, worth: 'critical' }),
    ]);
    await giveBackOneByOne(asked, 9);
    expect(asked.given).toEqual(['standard first', 'live critical c', 'live standard a', 'critical c', 'standard a', 'standard b', 'standard a', 'standard a', 'low l']);
  });

  it('lets one after the other go when each is back before it is said, however many wait', () => {
    const budget = start().of({ subscriber: 'crm', ceiling: 1 });
    const given: string[] = [];
    const first = budget.turn(wish('crm'), never);
    for (let at = 0; at < 20_000; at += 1) {
      budget.turn(wish('crm', { live: at % 2 === 0 }), (permit) => {
        given.push(at % 2 === 0 ? 'live' : 'backlog');
        permit?.done(WELL);
      });
    }
    first?.done(WELL);
    expect(given).toEqual([...Array.from({ length: 10_000 }, () => 'live'), ...Array.from({ length: 10_000 }, () => 'backlog')]);
    expect(budget.view).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it('dismisses those of a subscriber that wait, and all when it is closed', async () => {
    const budgets = start();
    const budget = budgets.of({ subscriber: 'crm', ceiling: 1 });
    const asked = ask(budget, [wish('held'), wish('a'), wish('b'), wish('a', { live: true })]);
    budget.dismiss('a');
    await expect.poll(() => asked.given).toEqual(['standard held', 'dismissed a', 'dismissed a']);
    expect(budget.view.waiting).toBe(1);
    await budgets.close();
    await expect.poll(() => asked.given).toContain('dismissed b');
    const late = vi.fn();
    expect(budget.turn(wish('late'), late)).toBeUndefined();
    expect(late).not.toHaveBeenCalled();
  });
});

describe('a budget of a primary', () => {
  /** Posts again and again, as long as it is wanted; `inFlight` over all who do. */
  function post(budget: Budget, load: { inFlight: number; most: number; isOver: boolean; done: number }): void {
    const one = async (): Promise<void> => {
      while (!load.isOver) {
        const permit = await turnOf(budget, wish('s'));
        if (!permit) return;
        load.inFlight += 1;
        load.most = Math.max(load.most, load.inFlight);
        await new Promise<void>((resolve) => void realSystem.timers.after(5, resolve));
        load.inFlight -= 1;
        load.done += 1;
        permit.done(WELL);
      }
    };
    for (let at = 0; at < 20; at += 1) void one();
  }

  it('is one for all processes: they get shares of one limit, never more together, and each gets some', async () => {
    const loads = [0, 1, 2].map(() => ({ inFlight: 0, most: 0, isOver: false, done: 0 }));
    const together = { inFlight: 0, most: 0 };
    const processes = loads.map(() => start(6).of({ primary: 'pbx' }));
    for (const [at, load] of loads.entries()) {
      post(processes[at]!, new Proxy(load, {
        set(target, field, value: never) {
          if (field === 'inFlight') together.most = Math.max(together.most, (together.inFlight += (value as number) - target.inFlight));
          return Reflect.set(target, field, value);
        },
      }));
    }
    await expect.poll(() => Math.min(...loads.map(({ done }) => done))).toBeGreaterThan(20);
    await expect.poll(() => processes[0]?.view.limit).toBe(6);
    for (const load of loads) load.isOver = true;
    expect(together.most).toBeGreaterThan(1);
    expect(together.most).toBeLessThanOrEqual(6);
  });

  it('goes on with what a process had that is not there any more', async () => {
    const gone = createBudgets({ redis: here.world.redis, maxInFlight: 6, system: realSystem, log: here.world.log });
    await turnOf(gone.of({ primary: 'pbx' }), wish('s'));
    expect(await here.world.redis.hkeys(keys.budget('pbx'))).toContainEqual(expect.stringMatching(/^p:/));
    const asked = ask(start(6).of({ primary: 'pbx' }), [wish('t')]);
    await expect.poll(() => asked.given).toEqual(['standard t']);
  });

  it('has one post in flight while Redis is away', async () => {
    const budget = start().of({ primary: 'pbx' });
    here.world.redis.disconnect();
    const asked = ask(budget, [wish('a'), wish('b')]);
    await giveBackOneByOne(asked, 2);
    expect(asked.given).toHaveLength(2);
  });
});
