/** Keeps on the local disk what this process has learnt of what is usual for each primary, so that a restart need not learn for a week. */
import type { Logger } from 'pino';
import { HOURS_OF_WEEK, type UsualHour, type UsualWeek } from '../../rules/call-habits.ts';
import { member, parseJson } from '../domain/json.ts';
import type { SnapshotFile } from '../spool/snapshot-file.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { Timers } from '../system/system.ts';
import type { CallEvidence } from './call-evidence.ts';

export interface KeptHabits {
  /** Remembers what is on the disk. Never rejects: without it, it is learnt anew. */
  start(): Promise<void>;
  /** Writes a last time. */
  stop(): Promise<void>;
}

interface Options {
  file: SnapshotFile;
  calls: Pick<CallEvidence, 'learnt' | 'remember'>;
  timers: Timers;
  log: Logger;
}

/** It is learnt by the hour. */
const WRITE_MS = 900_000;

const isHour = (value: unknown): value is UsualHour => ['calls', 'failing', 'weeks'].every((name) => Number.isFinite(member(value, name)));

/** Undefined for what is none. */
function weekOf(value: unknown): UsualWeek | undefined {
  return Array.isArray(value) && value.length === HOURS_OF_WEEK ? value.map((hour: unknown) => (isHour(hour) ? hour : undefined)) : undefined;
}

export function createKeptHabits({ file, calls, timers, log }: Options): KeptHabits {
  let endWriting = (): void => undefined;

  async function write(): Promise<void> {
    const learnt = calls.learnt();
    if (learnt.size === 0) return;
    try {
      await file.write({ primaries: learnt.size }, [...learnt].map(([primary, week]) => JSON.stringify({ primary, week })));
    } catch (error) {
      log.warn({ err: error }, 'what is usual for the primaries could not be kept on the local disk');
    }
  }

  const writing = oneAtATime(write);

  return {
    async start() {
      try {
        for (const line of (await file.read())?.lines ?? []) {
          const value = parseJson(line);
          const [primary, week] = [member(value, 'primary'), weekOf(member(value, 'week'))];
          if (typeof primary === 'string' && week) calls.remember(primary, week);
        }
      } catch (error) {
        log.warn({ err: error }, 'what was usual for the primaries cannot be read from the local disk and is learnt anew');
      }
      endWriting = timers.every(WRITE_MS, writing.begin);
    },
    async stop() {
      endWriting();
      await writing.underWay;
      await write();
    },
  };
}
