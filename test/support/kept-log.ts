/** A log as in production whose lines can be read, and are watched (test/support/log-watch.ts). The only place where a test makes one. */
import type { Logger } from 'pino';
import { createLog } from '../../src/operations/log.ts';
import { logWatch } from './log-watch.ts';

export interface KeptLog {
  log: Logger;
  lines: string[];
}

export function createKeptLog(level = 'trace'): KeptLog {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    logWatch.saw(line);
  };
  return { lines, log: createLog(level, { write }) };
}
