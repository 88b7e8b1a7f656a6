/** Shares among all processes which legs began and ended, so that capacities hold for all of them together. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createPause } from '../system/pause.ts';
import type { System } from '../system/system.ts';
import { BLOCK_MS } from './connections.ts';
import { keys } from './keys.ts';

export interface SharedLeg {
  call: string;
  to: string;
  number: string;
  from: string;
  at: number;
}

export interface LegSink {
  begin(leg: SharedLeg): void;
  end(call: string): unknown;
  forget(before: number): void;
}

export interface LegStream {
  /** Tells the others; loss only costs precision, so nobody waits for it. */
  began(leg: SharedLeg): void;
  /** Tells the others, also of a leg that this process never heard of; what cannot be told now is told when Redis is back. */
  ended(call: string): void;
  /** Reads what is active, then follows; resolves after the first read, also when that fails. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Entries kept; a process that missed more reads the hash of active legs anew. */
const KEPT = 10_000;
/** A leg whose end was never told counts no longer after this, milliseconds: Twilio ends calls after four hours. */
const LONGEST_LEG_MS = 4 * 60 * 60 * 1000;
/** All legs are looked through for it. */
const FORGET_EVERY_MS = 60_000;
const RETRY_MS = 500;
/** Ends that are kept while Redis is away, so that no destination counts as full for hours after it. */
const ENDS_KEPT = 10_000;

/** Undefined when it cannot be read: that hides no other. */
function readLeg(call: string, text: string): SharedLeg | undefined {
  try {
    const leg = JSON.parse(text) as Partial<SharedLeg> | null;
    return typeof leg?.to === 'string' && typeof leg.at === 'number' ? ({ ...leg, call } as SharedLeg) : undefined;
  } catch {
    return undefined;
  }
}

const publish = (redis: Redis, who: string, ...fields: string[]): Promise<unknown> => redis.xadd(keys.legs, 'MAXLEN', '~', KEPT, '*', 'p', who, ...fields);

/** @param who tells it; rejects as Redis does */
export function shareBegun(redis: Redis, who: string, { call, ...leg }: SharedLeg): Promise<unknown> {
  const text = JSON.stringify(leg);
  return Promise.all([redis.hset(keys.activeLegs, call, text), publish(redis, who, 'c', call, 't', text)]);
}

export function shareEnded(redis: Redis, who: string, call: string): Promise<unknown> {
  return Promise.all([redis.hdel(keys.activeLegs, call), publish(redis, who, 'c', call, 't', '')]);
}

/** How many legs go to each destination, by what all processes have told. */
export async function activeAt(redis: Redis): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const text of await redis.hvals(keys.activeLegs)) {
    const to = readLeg('', text)?.to;
    if (to !== undefined) found.set(to, (found.get(to) ?? 0) + 1);
  }
  return found;
}

export function createLegStream(options: { fast: Redis; reader: Redis; sink: LegSink; system: System; log: Logger }): LegStream {
  const { fast, reader, sink, system, log } = options;
  const me = system.random.uuid();
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const rest = createPause(system.timers, RETRY_MS);

  const ignore = (error: unknown): void => log.debug({ err: error }, 'a leg was not shared with other processes');
  const untold = new Set<string>();
  /** Legs that the stream has told of. */
  const shared = new Set<string>();
  let forgottenAt = 0;
  /** How far the stream was read. What ends while Redis cannot be reached is in no list of active legs: reading goes on from here. */
  let position: string | undefined;

  function tellEnd(call: string): void {
    shareEnded(fast, me, call).catch((error: unknown) => {
      ignore(error);
      if (untold.size < ENDS_KEPT) untold.add(call);
    });
  }

  function tellUntold(): void {
    const calls = [...untold];
    untold.clear();
    for (const call of calls) tellEnd(call);
  }

  function beginShared(leg: SharedLeg): void {
    shared.add(leg.call);
    sink.begin(leg);
  }

  function endShared(call: string): void {
    shared.delete(call);
    sink.end(call);
  }

  /** What is active now, and from where in the stream to go on. */
  async function readAll(): Promise<string> {
    const last = await reader.xrevrange(keys.legs, '+', '-', 'COUNT', 1);
    const active = await reader.hgetall(keys.activeLegs);
    const oldest = system.clock.now() - LONGEST_LEG_MS;
    // Their end was told while this process could not hear it, and may be in the stream no more.
    for (const call of shared) if (!(call in active)) endShared(call);
    for (const [call, text] of Object.entries(active)) {
      const leg = readLeg(call, text);
      if (leg && leg.at >= oldest) beginShared(leg);
      else fast.hdel(keys.activeLegs, call).catch(ignore);
    }
    return last[0]?.[0] ?? '0-0';
  }

  function take(fields: readonly string[]): void {
    // What this process told comes back too: all that share a leg then agree, in the order of the stream.
    const [, , , call, , text] = fields;
    if (call === undefined) return;
    const leg = text === undefined || text === '' ? undefined : readLeg(call, text);
    if (leg) beginShared(leg);
    else endShared(call);
  }

  function forgetOld(): void {
    const now = system.clock.now();
    if (now - forgottenAt < FORGET_EVERY_MS) return;
    forgottenAt = now;
    sink.forget(now - LONGEST_LEG_MS);
  }

  async function follow(from: string): Promise<void> {
    let last = from;
    while (!stopped) {
      position = last;
      const reply = await reader.xread('COUNT', 500, 'BLOCK', BLOCK_MS, 'STREAMS', keys.legs, last);
      for (const [id, fields] of (reply?.[0]?.[1] ?? []) as [string, string[]][]) {
        take(fields);
        last = id;
      }
      forgetOld();
    }
  }

  async function run(started: () => void): Promise<void> {
    while (!stopped) {
      try {
        const newest = await readAll();
        started();
        await follow(position ?? newest);
      } catch (error) {
        if (stopped) return;
        log.debug({ err: error }, 'active legs of other processes cannot be read for now');
        started();
        await rest.pause();
      }
    }
  }

  return {
    began(leg) {
      untold.delete(leg.call);
      shareBegun(fast, me, leg).catch(ignore);
    },
    ended: tellEnd,
    start: () =>
      new Promise((started) => {
        fast.on('ready', tellUntold);
        running = run(started);
      }),
    async stop() {
      stopped = true;
      fast.off('ready', tellUntold);
      rest.end();
      reader.disconnect();
      await running;
    },
  };
}
