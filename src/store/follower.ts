/**
 * Keeps a table in step with Redis: loads all, then follows the change stream, without gaps or doubles.
 *
 * Every commit has the next number and one entry of that number. So an entry whose number is not the one after the
 * last applied means that something was missed (the stream was trimmed, or Redis was put back to an older state),
 * and then everything is loaded anew, into a fresh table that takes the old one's place when it is complete. Calls
 * are answered from the old one meanwhile.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createPause } from '../system/pause.ts';
import type { System } from '../system/system.ts';
import { entriesAfter, entryText, position, type ChangeEntry } from './change-stream.ts';
import { type Collection } from './keys.ts';
import { load, type LoadSink } from './loader.ts';
import { createSetAside, type SetAside } from './set-aside.ts';

export interface TableHolder<T extends LoadSink> {
  /** The table that is in force. */
  readonly current: T;
  fresh(): T;
  /** Puts a complete table in force. */
  replace(table: T): void;
  /** Told of each change after it was applied to the table in force. */
  changed(collection: Collection, id: string): void;
}

export interface FollowerStatus {
  /** `loading` before the first complete load, or `snapshot` when calls are answered from one meanwhile; then `following`, or `stale` while Redis cannot be read. */
  is: 'loading' | 'snapshot' | 'following' | 'stale';
  /** Identity of the data set; empty before the first load. */
  epoch: string;
  revision: number;
  /** When the table was last known to be in step, milliseconds since 1970; 0 before the first load. */
  inStepAt: number;
  /** Records that could not be read and are set aside. */
  setAside: number;
}

export interface Follower {
  /** Begins; resolves when the first load is complete. */
  start(): Promise<void>;
  /** Resolves when Redis could not be read for the first time before the first load is complete. */
  readonly firstFailure: Promise<void>;
  /** The table in force is that of a snapshot; does nothing once one was loaded. */
  fromSnapshot(at: { revision: number; inStepAt: number }): void;
  status(): FollowerStatus;
  /** Resolves true when the table holds commit `revision`, false when it does not after `ms`. */
  reached(revision: number, ms: number): Promise<boolean>;
  stop(): Promise<void>;
}

interface Options<T extends LoadSink> {
  redis: Redis;
  table: TableHolder<T>;
  log: Logger;
  system: System;
}

const RETRY_MS = 100;

function applyTo(table: LoadSink, entry: ChangeEntry, setAside: SetAside): void {
  for (const { collection, id, payload } of entry.changes) {
    if (table.apply(collection, id, payload)) setAside.resolve(collection, id);
    else setAside.add(collection, id, payload ?? '');
  }
}

/** Applies the commits from `from` to `to`, both of which Redis has told; throws when one is missing. */
async function catchUp(redis: Redis, table: LoadSink, setAside: SetAside, from: number, to: number): Promise<number> {
  let applied = from;
  while (applied < to) {
    const entries = await entriesAfter(redis, applied, false);
    if (entries.length === 0) throw new Error('the change stream ends before the last commit');
    for (const entry of entries) {
      if (entry.revision !== applied + 1) throw new Error('the change stream was trimmed while loading');
      applyTo(table, entry, setAside);
      applied += 1;
    }
  }
  return applied;
}

/** Lets callers wait for a revision. */
function createWaiters(system: System) {
  let waiting: { revision: number; done: (reached: boolean) => void }[] = [];
  return {
    wait(revision: number, ms: number): Promise<boolean> {
      return new Promise((resolve) => {
        const waiter = {
          revision,
          done: (reached: boolean) => {
            cancel();
            waiting = waiting.filter((other) => other !== waiter);
            resolve(reached);
          },
        };
        const cancel = system.timers.after(ms, () => waiter.done(false));
        waiting.push(waiter);
      });
    },
    arrived(revision: number): void {
      for (const waiter of waiting) if (waiter.revision <= revision) waiter.done(true);
    },
  };
}

export function createFollower<T extends LoadSink>({ redis, table, log, system }: Options<T>): Follower {
  let status: FollowerStatus = { is: 'loading', epoch: '', revision: 0, inStepAt: 0, setAside: 0 };
  let epoch = '';
  /** The entry of the last commit that the table holds; undefined when it was not kept. */
  let last: string | undefined;
  let failed: () => void = () => undefined;
  const firstFailure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const rest = createPause(system.timers, RETRY_MS);
  const setAside = createSetAside(redis, log);
  const waiters = createWaiters(system);

  function inStepAt(revision: number): void {
    status = { is: 'following', epoch, revision, inStepAt: system.clock.now(), setAside: setAside.size };
    waiters.arrived(revision);
  }

  /** What is read while others write is of several moments; replaying the commits made meanwhile makes it of one. */
  async function loadAll(): Promise<void> {
    const before = await position(redis, system.random.uuid());
    const startedAt = system.clock.now();
    log.info({ revision: before.revision }, 'loading the routing table');
    const target = table.fresh();
    let announced = 0;
    const report = await load(redis, target, (share) => {
      if (share < announced + 0.25) return;
      announced = share;
      log.info({ percent: Math.round(share * 100) }, 'loading the routing table: numbers');
    });
    setAside.clear();
    for (const { collection, id, stored } of report.unreadable) setAside.add(collection, id, stored);
    const after = await position(redis, system.random.uuid());
    if (after.epoch !== before.epoch) throw new Error('the data set was replaced while loading');
    const revision = await catchUp(redis, target, setAside, before.revision, after.revision);
    last = await entryText(redis, revision);
    epoch = after.epoch;
    table.replace(target);
    inStepAt(revision);
    log.info({ records: report.records, setAside: report.unreadable.length, revision, ms: system.clock.now() - startedAt }, 'the routing table is complete');
  }

  /** True when the table can simply go on from where it is. */
  async function canGoOn(): Promise<boolean> {
    const now = await position(redis, system.random.uuid());
    if (epoch === '' || now.epoch !== epoch || now.revision < status.revision) return false;
    // A Redis that lost its last writes, or was put back to a backup, gives their numbers to others.
    if (status.revision > 0 && (await entryText(redis, status.revision)) !== last) return false;
    if (now.revision === status.revision) return true;
    const [first] = await entriesAfter(redis, status.revision, false);
    return first !== undefined && first.revision === status.revision + 1;
  }

  /** Returns when something was missed, or on `stop`. */
  async function follow(): Promise<void> {
    while (!stopped) {
      const entries = await entriesAfter(redis, status.revision, true);
      if (entries.length === 0) {
        if (!(await canGoOn())) return;
        inStepAt(status.revision);
      }
      for (const entry of entries) {
        if (entry.revision !== status.revision + 1) return;
        applyTo(table.current, entry, setAside);
        last = entry.text;
        inStepAt(entry.revision);
        for (const { collection, id } of entry.changes) table.changed(collection, id);
      }
    }
  }

  async function run(loaded: () => void): Promise<void> {
    while (!stopped) {
      try {
        if (!(await canGoOn())) await loadAll();
        inStepAt(status.revision);
        loaded();
        await follow();
        if (!stopped) log.warn({ revision: status.revision }, 'changes were missed; loading anew');
      } catch (error) {
        if (stopped) return;
        if (status.is === 'following') log.warn({ err: error }, 'the change stream cannot be read; answering from memory');
        if (status.is === 'following') status = { ...status, is: 'stale' };
        failed();
        await rest.pause();
      }
    }
  }

  return {
    start() {
      return new Promise((loaded) => {
        running = run(loaded);
      });
    },
    firstFailure,
    fromSnapshot(at) {
      if (status.is === 'loading') status = { ...status, ...at, is: 'snapshot' };
    },
    status: () => status,
    reached: (revision, ms) => (status.revision >= revision ? Promise.resolve(true) : waiters.wait(revision, ms)),
    async stop() {
      stopped = true;
      rest.end();
      redis.disconnect();
      await running;
    },
  };
}
