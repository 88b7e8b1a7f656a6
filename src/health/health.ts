/** Puts the parts of health together: what is seen, by whom, and where it is read. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { System } from '../system/system.ts';
import { createEvidenceBoard, type EvidenceBoard } from './evidence-board.ts';

export interface Health {
  board: EvidenceBoard;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createHealth({ redis, system, log }: { redis: Redis; system: System; log: Logger }): Health {
  const board = createEvidenceBoard({ redis, system, log });
  return { board, start: board.start, stop: board.stop };
}
