/** The budget of one scope in one process: lets posts go within it, and is careful at once when they are refused. */
import { hangsAfterMs, isRefused, isRoundOver, limitOf, longestOf, NEW_BUDGET, nextBudget, reserveOf, type BudgetWindow, type ReplayBudget } from '../../rules/replay-budget.ts';
import { createWindowGatherer, type PostResult } from './budget-window.ts';
import { createPermits, type Needs, type Room, type Wish } from './permits.ts';

export interface Permit {
  /** The post is over; undefined: nothing was posted. The second time nothing happens. */
  done(result: PostResult | undefined): void;
}

export interface BudgetScope {
  /** As `Budget` has it. */
  turn(wish: Wish, given: (permit: Permit | undefined) => void): Permit | undefined;
  dismiss(subscriber: string): void;
  dismissAll(): void;
  /** What came back under this budget and was not told yet: it is counted elsewhere from now on. */
  take(): BudgetWindow;
  /** How long the window is, milliseconds. */
  readonly windowMs: number;
  /** Another budget holds, and a new window begins. */
  adopt(budget: ReplayBudget): void;
  /** Looks whether what came back makes another budget. */
  step(): void;
  /** Of a budget that is shared. */
  setShare(room: Room): void;
  setCeiling(ceiling: number): void;
  readonly budget: ReplayBudget;
  readonly view: { limit: number; inFlight: number; waiting: number };
  readonly needs: Needs;
  /** Nothing is on its way or waits, nor was it for so long, milliseconds; 0 while something is. */
  readonly idleMs: number;
}

/** Of so many one is back so soon that nothing need be left free for what just happens: it goes next. */
const MANY = 20;

/** As many as there may ever be, and it takes them: one place free is enough for one subscriber. */
const reserveAtCeiling = (ceiling: number): number => (ceiling >= MANY ? 0 : Math.min(1, ceiling - 1));

/** What is left of a share at the first refusal, until all have counted it. */
const FIRST_CUT = 0.7;
/** And so long nothing is sent then at most, if that was asked for, milliseconds. */
const FIRST_PAUSE_MS = 1000;

interface Options {
  /** Milliseconds. */
  steady(): number;
  /** The next budget is not this process's alone to find. */
  isShared: boolean;
  ceiling: number;
  /** Told of each post that is over. */
  counted?(result: PostResult): void;
}

interface OnItsWay {
  wish: Wish;
  sentAt: number;
  /** After so many cuts. */
  under: number;
}

export function createBudgetScope({ steady, isShared, ceiling: firstCeiling, counted = () => undefined }: Options): BudgetScope {
  let ceiling = firstCeiling;
  let budget = NEW_BUDGET;
  let share: Room = { all: 0, backlog: 0 };
  let wasCut = false;
  /** How often the limit was cut. */
  let cuts = 0;
  let usedAt = steady();
  let pausedUntil = usedAt;
  /** In the order in which they were sent; those that hang are in the other one, and take nobody's place. */
  const onTheirWay = new Set<OnItsWay>();
  const hanging = new Set<OnItsWay>();
  const window = createWindowGatherer(steady);
  const permits = createPermits(window.waits);

  function fit(): void {
    const limit = limitOf(budget, ceiling);
    const reserve = limit === ceiling ? reserveAtCeiling(ceiling) : reserveOf(limit);
    const room = isShared ? share : { all: limit, backlog: limit - reserve };
    const free = Math.max(1, ceiling - hanging.size);
    const cut = (part: number): number => Math.min(free, wasCut ? Math.min(part, Math.max(1, Math.floor(part * FIRST_CUT))) : part);
    permits.setRoom(pausedUntil > steady() ? { all: 0, backlog: 0 } : { all: cut(room.all), backlog: cut(room.backlog) });
  }

  function adopt(next: ReplayBudget): void {
    if (limitOf(next, ceiling) < limitOf(budget, ceiling)) cuts += 1;
    budget = next;
    window.setLongest(longestOf(next));
    window.open(next.settleMs + next.pauseMs);
    pausedUntil = steady() + next.pauseMs;
    wasCut = false;
    fit();
  }

  function step(): void {
    const next = nextBudget(budget, window.read(), ceiling);
    if (next) adopt(next);
    // A pause that is over is noticed here.
    else fit();
  }

  function came(result: PostResult, under: number): void {
    // What was sent before a cut is refused for what was before it.
    if (!result.well && under !== cuts) return;
    window.add(result);
    const isTelling = result.well ? !isShared && isRoundOver(budget, window, ceiling) : isRefused(budget, window.read());
    if (!isTelling) return;
    if (!isShared) return step();
    if (wasCut) return;
    wasCut = true;
    pausedUntil = steady() + Math.min(result.retryAfterMs ?? 0, FIRST_PAUSE_MS);
    fit();
  }

  /** One subscriber that never answers must not hold up all others. */
  function setAside(): void {
    const before = steady() - hangsAfterMs(budget);
    for (const post of onTheirWay) {
      if (post.sentAt > before) return;
      onTheirWay.delete(post);
      hanging.add(post);
      came({ ms: 0, well: false, throttled: false }, post.under);
      permits.back(post.wish);
    }
  }

  function permitOf(wish: Wish): Permit {
    usedAt = steady();
    const post = { wish, sentAt: usedAt, under: cuts };
    onTheirWay.add(post);
    return {
      done(result) {
        usedAt = steady();
        const wasInTime = onTheirWay.delete(post);
        if (!wasInTime && !hanging.delete(post)) return;
        if (result) counted(result);
        // One that hung was counted as failed already.
        if (result && (wasInTime || result.well)) came(result, post.under);
        if (wasInTime) permits.back(wish);
      },
    };
  }

  fit();
  return {
    turn: (wish, given) => (permits.ask(wish, (may) => given(may ? permitOf(wish) : undefined)) ? permitOf(wish) : undefined),
    dismiss: permits.dismiss,
    dismissAll: permits.dismissAll,
    take() {
      const taken = window.read();
      window.taken();
      return taken;
    },
    get windowMs() {
      return window.ms;
    },
    adopt,
    step() {
      setAside();
      step();
    },
    setShare(room) {
      setAside();
      share = room;
      fit();
    },
    setCeiling(next) {
      ceiling = next;
    },
    get budget() {
      return budget;
    },
    get view() {
      return { limit: limitOf(budget, ceiling), inFlight: permits.inFlight + hanging.size, waiting: permits.waiting };
    },
    get needs() {
      return permits.needs;
    },
    get idleMs() {
      return permits.inFlight + hanging.size + permits.waiting === 0 ? steady() - usedAt : 0;
    },
  };
}
