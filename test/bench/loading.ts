/** How long a process takes to load a million numbers at its start, against reading the same bytes and looking at none. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openFleet } from './fleet.ts';
import { interleaved, markdown, median, whole } from './statistics.ts';

const NUMBERS = Number(process.env.BENCH_NUMBERS ?? 1_000_000);
const ROUNDS = 5;

export async function loading(): Promise<string> {
  const fleet = await openFleet();
  try {
    await fleet.fill(NUMBERS);
    let bytes = 0;
    const results = await interleaved(ROUNDS, {
      async 'the same bytes, read raw'() {
        const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'raw-read.js'), fleet.redisPath]);
        const read = JSON.parse(stdout) as { ms: number; bytes: number };
        bytes = read.bytes;
        return read.ms;
      },
      async 'the routing table, at the start of a process'() {
        const { loadedMs, stop } = await fleet.start();
        await stop();
        return loadedMs;
      },
    });
    const base = median(results['the same bytes, read raw'] ?? []);
    const rows = Object.entries(results).map(([name, times]) => [name, whole(median(times)), (median(times) / base).toFixed(2)]);
    return `### Loading ${whole(NUMBERS)} numbers (${whole(bytes / 1e6)} MB) from Redis at the start (goal: within 1.5x)\n\n${markdown([['what', 'ms', 'of raw'], ...rows])}\n`;
  } finally {
    await fleet.close();
  }
}
