/**
 * Keeps a snapshot of the routing table on the local disk, so that a process that is started while Redis is gone can answer calls. It
 * is written when something has changed, not too often, and at shutdown; a note beside it says until when it was in step.
 */
import type { Logger } from 'pino';
import type { SnapshotFile } from '../spool/snapshot-file.ts';
import type { FollowerStatus } from '../store/follower.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import type { Clock, Timers } from '../system/system.ts';
import { fillFromLines, linesOfImage } from './table-image.ts';
import type { RoutingTableHolder } from './table-holder.ts';

export interface LoadedSnapshot {
  revision: number;
  inStepAt: number;
}

export interface Snapshots {
  /** Puts the snapshot in force, if there is a good one. Never throws: a bad one is refused and said. */
  load(): Promise<LoadedSnapshot | undefined>;
  start(): void;
  /** Until when the snapshot on disk is known to have been in step, milliseconds; 0 when there is none of this process. */
  readonly inStepAt: number;
  /** Writes what has changed. */
  close(): Promise<void>;
}

interface Options {
  file: SnapshotFile;
  tables: RoutingTableHolder;
  status(): FollowerStatus;
  everyMs: number;
  load: LoadLevel;
  clock: Clock;
  timers: Timers;
  log: Logger;
}

const FORMAT = 1;
/** Writing takes at most one part in so many of the time, however large the table is. */
const SHARE = 20;
/** Under load it is written so many times less often. */
const LATE = 20;

interface Header {
  format: number;
  epoch: string;
  revision: number;
  inStepAt: number;
}

function readHeader(value: unknown): Header | undefined {
  const { format, epoch, revision, inStepAt } = (value ?? {}) as Partial<Header>;
  return format === FORMAT && typeof epoch === 'string' && typeof revision === 'number' && typeof inStepAt === 'number' ? { format, epoch, revision, inStepAt } : undefined;
}

export function createSnapshots({ file, tables, status, everyMs, load, clock, timers, log }: Options): Snapshots {
  let written: Header | undefined;
  let inStepAt = 0;
  let notBefore = 0;
  let triedAt = 0;
  let failing = false;
  let cancel: () => void = () => undefined;

  async function write(header: Header): Promise<void> {
    const began = clock.now();
    triedAt = began;
    const image = tables.current.image();
    const bytes = await file.write(header, linesOfImage(image));
    written = header;
    const ms = clock.now() - began;
    notBefore = clock.now() + ms * SHARE;
    log.debug({ revision: header.revision, bytes, ms }, 'the snapshot of the routing table was written');
  }

  async function keep(last: boolean): Promise<void> {
    const { is, epoch, revision, inStepAt: at } = status();
    // What came from the snapshot itself is there already.
    if (is === 'loading' || is === 'snapshot') return;
    const header = { format: FORMAT, epoch, revision, inStepAt: at };
    const same = written?.epoch === epoch && written.revision === revision;
    if (!same && !last && (clock.now() < notBefore || (load.level >= LEVEL.background && clock.now() - triedAt < everyMs * LATE))) return;
    try {
      if (!same) await write(header);
      await file.note({ epoch, revision, inStepAt: at });
      inStepAt = at;
      if (failing) log.info('the snapshot of the routing table can be written again');
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error }, 'the snapshot of the routing table cannot be written: without Redis a restart would begin from older data or from none');
      failing = true;
    }
  }

  const keeping = oneAtATime(() => keep(false));

  return {
    async load() {
      try {
        const found = await file.read();
        if (!found) return undefined;
        const header = readHeader(found.header);
        if (!header) throw new Error('the snapshot is of a form that this version does not know');
        const note = readHeader({ ...(found.note as object | undefined), format: FORMAT });
        const table = tables.fresh();
        const unreadable = fillFromLines(table, found.lines);
        if (unreadable > 0) log.error({ unreadable }, 'some of the snapshot cannot be read and is left out');
        tables.replace(table);
        const noted = note?.epoch === header.epoch && note.revision === header.revision ? note.inStepAt : 0;
        return { revision: header.revision, inStepAt: Math.max(header.inStepAt, noted) };
      } catch (error) {
        log.error({ err: error }, 'the snapshot on disk is refused');
        return undefined;
      }
    },
    start() {
      cancel = timers.every(everyMs, keeping.begin);
    },
    get inStepAt() {
      return inStepAt;
    },
    async close() {
      cancel();
      await keeping.underWay;
      await keep(true);
    },
  };
}
