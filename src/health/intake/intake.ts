/** Puts the intake of alerts together: the desk that takes posts, the watch for those that do not come, and what is so with each source. */
import type { Redis } from 'ioredis';
import type { Source } from '../../domain/source.ts';
import { createAlertLedger } from '../../store/alert-ledger.ts';
import type { Confirmed } from '../../store/replica-wait.ts';
import type { System } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import { createAbsenceWatch, type SawSource } from './absence.ts';
import { createIntakeDesk, type IntakeDesk, type IntakeDeskOptions } from './desk.ts';
import { sourceStatus, type SourceStatus } from './source-status.ts';

export interface Intake extends IntakeDesk {
  /** Throws `store_unavailable`. */
  status(id: string, source: Source, baseUrl: string): Promise<SourceStatus>;
  /** Ids of the sources that are quiet although they are expected to post. */
  readonly quiet: readonly string[];
  start(): void;
  stop(): Promise<void>;
}

export interface IntakeOptions extends Omit<IntakeDeskOptions, 'board' | 'ledger' | 'clock'> {
  redis: Redis;
  confirmed: Confirmed;
  system: System;
  sawSource?: SawSource;
}

export function createIntake(options: IntakeOptions & { board: EvidenceBoard }): Intake {
  const { redis, confirmed, system, tables, board, sawSource } = options;
  const ledger = createAlertLedger(redis, confirmed);
  const desk = createIntakeDesk({ ...options, ledger, clock: system.clock });
  const absence = createAbsenceWatch({ tables, board, ledger, system, ...(sawSource ? { sawSource } : {}), log: options.log });
  return {
    ...desk,
    async status(id, source, baseUrl) {
      const now = system.clock.now();
      return sourceStatus({ id, source, notes: await ledger.read(id, now), baseUrl, now });
    },
    get quiet() {
      return absence.quiet;
    },
    start: absence.start,
    stop: absence.stop,
  };
}
