/**
 * Works off the backlog of one subscriber: reads what waits, posts it within the budget, one at a time of each key and in order, and writes what became of it. What is on its way is
 * in memory alone: who takes over after a crash begins at the beginning of what waits, and posts again, with the same id, what had arrived and was not written yet.
 */
import { codeOf } from '../domain/errors.ts';
import type { BacklogStore, Standing } from '../store/backlog-store.ts';
import { createPause } from '../system/pause.ts';
import { chanceOf, type System } from '../system/system.ts';
import { createHold } from './hold.ts';
import { createLate } from './late.ts';
import { createLines } from './lines.ts';
import { createReader } from './reader.ts';
import { createSender } from './sender.ts';
import { createSettler } from './settler.ts';
import { createSubscriberHealth } from './subscriber-health.ts';
import { createWays, type WayDeps } from './ways.ts';

export interface Drain {
  /** Something has come, or has changed. Once it is over nothing is looked at: what was asked for stays so, for who is next. */
  look(): void;
  /** Begins no post any more. */
  stop(): void;
  /** Resolves when there is nothing to be done now, another has the backlog, or it was stopped; what is on its way has come back then. */
  readonly done: Promise<void>;
}

export interface DrainDeps extends WayDeps {
  store: BacklogStore;
  /** How much of what waits may be held here now, bytes. */
  mayHold(): number;
  system: System;
}

/** What has come so lately has just happened. */
const LIVE_MS = 10_000;
/** It looks around when something is due, and so long after it did last: what comes of posting and reading needs no look, and a thousand drains have a thousand looks. */
const LOOK_MS = 250;
const LOOK_STOPPING_MS = 50;
const BEAT_MS = 700;
/** What is due sooner is waited for; so long it also waits for what comes next. */
const LINGER_MS = 1000;
/** Should nobody say that something has changed, what is held back is looked at after this. */
const HELD_MS = 60_000;
/** When it is stopped, what is on its way is waited for so long. */
const STOP_MS = 1500;
const STORE_MS = 200;
const MOST_UNWRITTEN = 2000;
const MOST_HELD = { line: 100, all: 2000 };
const SWEPT = 500;

interface Resting {
  at: number | undefined;
  quiet: boolean;
  holdsBack: boolean;
}

/** How many a second, over a second or more. */
function createRate(steady: () => number) {
  let from = { count: 0, at: steady() };
  const rate = {
    perSecond: 0,
    see(count: number): void {
      const at = steady();
      if (at - from.at < 1000) return;
      rate.perSecond = Math.round(((count - from.count) * 1000) / (at - from.at));
      from = { count, at };
    },
  };
  return rate;
}

/** When it looks around next. */
function createLooks({ clock, timers }: Pick<System, 'clock' | 'timers'>, look: () => void) {
  let next = 0;
  let isOver = false;
  let cancel = (): void => undefined;

  function within(most: number, ...due: readonly (number | undefined)[]): void {
    const now = clock.now();
    next = due.reduce<number>((first, at) => (at !== undefined && at > now ? Math.min(first, at) : first), now + most);
    cancel();
    if (!isOver) cancel = timers.after(Math.ceil(next - now), look);
  }

  return {
    /** After so many milliseconds, or when the first of these is due, milliseconds since 1970; what is over by now is not. */
    within,
    /** At this time, unless it is to be earlier; 0: at none. */
    at(due: number): void {
      if (due > 0 && due < next && due > clock.now()) within(LOOK_MS, due);
    },
    /** It looks never again: the drain is over. */
    end(): void {
      isOver = true;
      cancel();
    },
    get isOver() {
      return isOver;
    },
  };
}

/** What is done about failures of the store. */
function createInsistence(subscriber: string, { log, system: { timers } }: Pick<DrainDeps, 'log' | 'system'>, isEnough: () => boolean) {
  const { pause } = createPause(timers, STORE_MS);
  const failed = (error: unknown): void => log.debug({ err: error, subscriber }, 'a backlog waits for the store');

  return {
    failed,
    /** Tries until it is done and nothing is left, or it has taken long enough; at least once. What will fail each time is left. */
    async insist(work: () => Promise<unknown>, isAll = () => true): Promise<void> {
      for (;;) {
        const mayHelp = await work().then(() => !isAll(), (error: unknown) => {
          failed(error);
          return codeOf(error) === 'store_unavailable';
        });
        if (!mayHelp || isEnough()) return;
        await pause();
      }
    },
  };
}

/** What was tried first while the subscriber failed was not to blame. */
const wasExcused = (since: number, { failingSince }: Standing): boolean => failingSince !== undefined && since >= failingSince;

/** Takes the backlog over. Throws `store_unavailable`. */
export async function beginDrain(subscriber: string, token: string, deps: DrainDeps): Promise<Drain> {
  const { store, log, mayHold, system: { clock, steady, timers, random } } = deps;
  const chance = (): number => chanceOf(random);
  const askedAt = steady();
  const { retries, standing, lastDeliveredAt, meanBytes } = await store.begin(subscriber, token, clock.now());
  const hold = createHold(subscriber, store, { standing, askedAt }, steady, log);
  const lines = createLines(retries.filter(({ since }) => !wasExcused(since, standing)), clock.now() - LIVE_MS, { ...MOST_HELD, bytes: mayHold }, meanBytes);
  const health = createSubscriberHealth(standing, chance, lastDeliveredAt);
  const ways = createWays(subscriber, deps, { unfit: () => health.until <= clock.now() && health.unfit('its secret or its address cannot be used', clock.now()), maySend: () => hold.isSure && !hold.isLost });
  let told = health.version;
  let resolve: () => void = () => undefined;
  const done = new Promise<void>((give) => (resolve = give));
  let stoppedAt: number | undefined;
  let nextRetry: number | undefined;
  let idleSince: number | undefined;
  let beatAt = Number.NEGATIVE_INFINITY;
  const rate = createRate(steady);
  const late = createLate();
  const looks = createLooks(deps.system, () => tick());

  const { failed, insist } = createInsistence(subscriber, deps, () => stoppedAt !== undefined && steady() - stoppedAt > 2 * STOP_MS);
  const isHeld = (): boolean => hold.isLost || stoppedAt !== undefined || (ways.facts?.flow ?? 'none') === 'none' || hold.standing.pausedAt !== undefined || hold.standing.disabledAt !== undefined;

  function lost(): void {
    hold.lost();
    ways.dismiss();
  }

  const settler = createSettler({
    write: (settled, attempts) => hold.signed(() => store.settle(subscriber, token, clock.now(), settled, attempts, rate.perSecond)),
    wrote(ended, isOurs) {
      reader.written(ended);
      if (!isOurs) lost();
      pump();
    },
    failed, timers,
  });
  const reader = createReader({ lines, take: (range, limit, seen) => hold.signed(() => store.take(subscriber, token, clock.now(), { class: range.class, after: range.after, limit, seen, counted: range.by === 'lookout' })), got: () => pump(), lost, failed, steady });
  const sender = createSender({
    subscriber, lines, health, clock, chance,
    way: () => ways.way,
    most: () => (isHeld() || settler.unwritten >= MOST_UNWRITTEN || !hold.isSure ? 0 : Math.min(ways.facts?.maxInFlight ?? 0, health.room(clock.now()))),
    backlogFlows: () => ways.facts?.flow === 'all',
    settle: settler.add,
    expired(line, { place }) {
      late.note(line.class, place);
      reader.written([line]);
    },
    gone() {
      log.warn({ subscriber }, 'a subscriber answered that it is gone (410): it is sent nothing until somebody resumes it');
      hold.stand({ disabledAt: clock.now() }).catch(failed);
    },
    back() {
      pump();
      looks.at(health.until);
    },
  });

  function pump(): void {
    if (looks.isOver) return;
    sender.pump();
    if (!isHeld()) reader.readOn(ways.facts?.flow === 'all');
  }

  async function beat(): Promise<void> {
    beatAt = steady();
    rate.see(sender.taken);
    const news = health.version === told || hold.isLost ? undefined : hold.stand({ failingSince: undefined, failingUntil: undefined, failure: undefined, ...health.standing });
    told = health.version;
    await Promise.all([settler.flush(), news, hold.refresh(), late.end((of, after) => store.sweep(subscriber, clock.now(), { class: of, after, limit: SWEPT }))]);
    if (isHeld()) ways.dismiss();
  }

  /** When it is to be looked at again, if there is nothing to be done now; `quiet`: whatever comes until then; `holdsBack`: what waits may go once something has changed. */
  function rest(): Resting | undefined {
    const now = clock.now();
    if (isHeld()) return stoppedAt === undefined ? { at: now + HELD_MS, quiet: true, holdsBack: true } : { at: now, quiet: false, holdsBack: false };
    const isAll = ways.facts?.flow === 'all';
    if (health.until > now) return health.until - now > LINGER_MS ? { at: health.until, quiet: true, holdsBack: true } : undefined;
    const isBusy = reader.isReading || lines.ready(true) > 0 || (isAll && (lines.ready(false) > 0 || lines.toRead(1) !== undefined)) || (nextRetry !== undefined && nextRetry - now < LINGER_MS);
    idleSince = isBusy ? undefined : (idleSince ?? steady());
    if (idleSince === undefined || steady() - idleSince < LINGER_MS) return undefined;
    return { at: isAll ? nextRetry : Math.min(nextRetry ?? Number.POSITIVE_INFINITY, now + HELD_MS), quiet: false, holdsBack: !isAll };
  }

  async function end({ at, quiet, holdsBack }: Resting): Promise<void> {
    looks.end();
    sender.close();
    ways.dismiss();
    await insist(beat, () => settler.unwritten === 0);
    if (hold.isLost) return;
    await insist(() => store.rest(subscriber, token, clock.now(), at, quiet));
    if (!holdsBack) return;
    // What was said meanwhile must not be missed: when many are asked for at once, a look that is some seconds off is taken for our own sign of life.
    await insist(hold.refresh);
    ways.refresh();
    if ((quiet || ways.facts?.flow === 'all') && health.until <= clock.now() && !isHeld()) await insist(() => store.ask(subscriber, clock.now()));
  }

  function tick(): void {
    ways.refresh();
    nextRetry = lines.wake(clock.now());
    if (steady() - beatAt >= BEAT_MS) beat().catch(failed);
    pump();
    const isWaitedFor = sender.inFlight > 0 && !(stoppedAt !== undefined && steady() - stoppedAt > STOP_MS);
    const resting = isWaitedFor ? undefined : rest();
    if (resting) void end(resting).catch(failed).finally(resolve);
    else looks.within(stoppedAt === undefined ? LOOK_MS : LOOK_STOPPING_MS, nextRetry, health.until);
  }

  if (!isHeld()) reader.look();
  tick();
  return {
    look() {
      if (looks.isOver) return;
      idleSince = undefined;
      ways.refresh();
      if (isHeld()) ways.dismiss();
      reader.look();
      pump();
    },
    stop() {
      stoppedAt ??= steady();
      ways.dismiss();
      looks.within(0);
    },
    done,
  };
}
