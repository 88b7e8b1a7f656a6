/** Rows a second that are imported, exported and reverted, and the memory that it takes, for a file of few rows and of many. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImportStep } from './import-run.ts';
import { markdown, ms, whole } from './statistics.ts';

const ROWS = [100_000, 1_000_000];

export async function imports(): Promise<string> {
  const rows: string[][] = [];
  for (const count of ROWS) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'import-run.js'), String(count)]);
    for (const { name, rowsPerSecond, seconds, peak, held, redis } of JSON.parse(stdout) as ImportStep[]) rows.push([whole(count), name, whole(rowsPerSecond), seconds.toFixed(1), whole(peak), ms(held.p50), ms(held.p99), whole(redis)]);
  }
  return `### Imports and exports\n\n${markdown([['rows', 'step', 'rows a second', 'seconds', 'peak of the process, MB', 'event loop held up, ms, p50', 'p99', 'Redis after it, MB'], ...rows])}\n`;
}
