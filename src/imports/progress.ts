/** How far an import has come, how fast, and how long it will take: from its counts and the moment at which its state began. */
import type { ImportRecord } from '../domain/import.ts';
import { countsOf } from './apply.ts';

export interface Progress {
  rowsDone: number;
  /** While it is under way. */
  rowsPerSecond?: number;
  etaSeconds?: number;
}

/** `now` in milliseconds since 1970. */
export function progressOf(record: ImportRecord, now: number): Progress {
  const { created, changed, unchanged, rejected, removed } = countsOf(record);
  // What is removed is a row of a revert, and not one of a file.
  const rowsDone = created + changed + unchanged + rejected + (record.kind === 'revert' ? removed : 0);
  if (record.state !== 'judging' && record.state !== 'applying') return { rowsDone };
  const rowsPerSecond = (rowsDone * 1000) / Math.max(1, now - record.stateAt);
  if (rowsDone === 0) return { rowsDone };
  return { rowsDone, rowsPerSecond: Math.round(rowsPerSecond), etaSeconds: Math.ceil((record.rows - rowsDone) / rowsPerSecond) };
}
