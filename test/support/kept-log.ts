/** A log whose lines can be read, and are watched (test/support/log-watch.ts). The only place where a test makes one. */
import type { Logger } from 'pino';
import { createLog, plainLines } from '../../src/operations/log.ts';
import { logWatch } from './log-watch.ts';

export interface KeptLog {
  log: Logger;
  lines: string[];
}

/** `written`: as they are given to the log, before it looks for secrets by itself; nothing may lean on that. */
export function createKeptLog(level = 'trace', written: (log: Logger) => Logger = plainLines): KeptLog {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    logWatch.saw(line);
  };
  return { lines, log: written(createLog(level, { write })) };
}
