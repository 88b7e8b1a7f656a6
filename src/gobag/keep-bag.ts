/**
 * Keeps the go-bag on the local disk: written soon after something has changed, not too often however large it is, and now and then in any case, for what is learnt
 * at the carriers is told by no commit.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import { CARRIER_PARTS } from '../carriers/kinds.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import { codeOf } from '../domain/errors.ts';
import type { FollowerStatus } from '../store/follower.ts';
import type { RouteStore } from '../store/route-store.ts';
import type { WiringStore } from '../store/wiring-store.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { System } from '../system/system.ts';
import { carriersUsed, FORMS, writeBag, type Form, type Written } from './write-bag.ts';

export interface GobagStatus {
  /** When it was last written, milliseconds since 1970; 0 when this process has not yet. */
  readonly writtenAt: number;
  readonly failures: number;
  readonly numbers: number;
  /** Numbers for which nothing can be done by hand. */
  readonly cannot: number;
}

export interface Gobag {
  readonly status: GobagStatus;
  start(): void;
  /** It is written anew: something has changed of which no commit tells. */
  changed(): void;
  close(): Promise<void>;
}

interface Options {
  dir: string;
  everyMs: number;
  sight(): Sight;
  status(): FollowerStatus;
  routes: Pick<RouteStore, 'readMany'>;
  wirings: Pick<WiringStore, 'readMany'>;
  apis: Pick<CarrierApis, 'use'>;
  load: LoadLevel;
  log: Logger;
  system: System;
}

/** Writing takes at most one part in so many of the time, however many numbers there are; of few it takes some milliseconds, and waiting for the disk. */
const SHARE = 20;
const FEW = 10_000;
/** What was learnt at the carriers since is in it after this at the latest. */
const STALE_MS = 600_000;
/** And sooner, after so many times the least, while there is something to be learnt. */
const MOVING = 4;
/** What carriers have of ours is asked for again after this, and much sooner when something was not among it. */
const OBJECTS_MS = 3_600_000;
const OBJECTS_SOON_MS = 60_000;
/** While there is other work. */
const PAUSE_MS = 200;

export const gobagDir = (dataDir: string): string => join(dataDir, 'gobag');

/** What was written last, by whichever process has this folder; undefined when there is nothing. */
export async function readBag(dir: string, form: Form): Promise<{ content: Readable; bytes: number; writtenAt: number } | undefined> {
  const file = join(dir, FORMS[form].file);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found && { content: createReadStream(file), bytes: found.size, writtenAt: found.mtimeMs };
}

export function createGobag({ dir, everyMs, sight, status, routes, wirings, apis, load, log, system }: Options): Gobag {
  const { clock, timers, random } = system;
  const objects = new Map<string, { at: number; ids: ReadonlyMap<string, string> }>();
  let last: (Written & { epoch: string; revision: number }) | undefined;
  let writtenAt = 0;
  let failures = 0;
  let failing = false;
  let notBefore = 0;
  let asked = false;
  let closing = false;
  let cancel: () => void = () => undefined;

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));

  async function giveWay(): Promise<void> {
    await pause(0);
    while (load.level >= LEVEL.background && !closing) await pause(PAUSE_MS);
    if (closing) throw new Error('the service is being closed');
  }

  async function learnObjects(): Promise<void> {
    for (const { id, carrier } of carriersUsed(sight())) {
      if (!CARRIER_PARTS[carrier.kind].plain({ ...carrier, credentials: {} }).objects) continue;
      const known = objects.get(id);
      const age = clock.now() - (known?.at ?? 0);
      if (known && age < (last?.unmade.has(id) === true ? OBJECTS_SOON_MS : OBJECTS_MS)) continue;
      // Without them the script makes what it needs.
      const ids = await apis.use(id, carrier, (api) => api.objects?.() ?? Promise.resolve(new Map<string, string>())).catch((error: unknown) => {
        log.debug({ err: error, carrier: id, code: codeOf(error) }, 'what a carrier has of ours could not be read for the go-bag this time');
        return known?.ids ?? new Map<string, string>();
      });
      objects.set(id, { at: clock.now(), ids });
    }
  }

  async function write(): Promise<void> {
    const { epoch, revision } = status();
    asked = false;
    await learnObjects();
    const began = clock.now();
    const written = await writeBag({
      dir, sight: sight(), routes, wirings, revision, giveWay,
      objects: new Map([...objects].map(([id, { ids }]) => [id, ids])),
      madeAt: new Date(began).toISOString(),
      dice: random.bytes(16),
    });
    last = { ...written, epoch, revision };
    writtenAt = began;
    const ms = clock.now() - began;
    notBefore = written.numbers + written.cannot <= FEW ? 0 : clock.now() + ms * SHARE;
    log.debug({ revision, numbers: written.numbers, cannot: written.cannot, ms }, 'the go-bag was written');
  }

  function isDue(): boolean {
    const { is, epoch, revision } = status();
    const now = clock.now();
    if (is !== 'following' || now < notBefore) return false;
    if (asked || last?.epoch !== epoch || last.revision !== revision) return true;
    const moving = last.unsettled > 0 || last.notRead > 0 || last.unmade.size > 0;
    return now - writtenAt >= (moving ? Math.min(STALE_MS, everyMs * MOVING) : STALE_MS);
  }

  const keeping = oneAtATime(async () => {
    if (!isDue()) return;
    try {
      await write();
      if (failing) log.info('the go-bag can be written again');
      failing = false;
    } catch (error) {
      if (closing) return;
      failures += 1;
      asked = true;
      if (!failing) log.error({ err: error, code: codeOf(error) }, 'the go-bag cannot be written: the one on disk is of before');
      failing = true;
    }
  });

  return {
    status: {
      get writtenAt() {
        return writtenAt;
      },
      get failures() {
        return failures;
      },
      get numbers() {
        return last?.numbers ?? 0;
      },
      get cannot() {
        return last?.cannot ?? 0;
      },
    },
    start() {
      cancel = timers.every(everyMs, keeping.begin);
    },
    changed() {
      asked = true;
    },
    async close() {
      closing = true;
      cancel();
      await keeping.underWay;
    },
  };
}
