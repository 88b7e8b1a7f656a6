/** How long a process takes to load a million numbers at its start, against reading the same and looking at none of it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openFleet } from './fleet.ts';
import { interleaved, markdown, median, whole } from './statistics.ts';

const NUMBERS = Number(process.env.BENCH_NUMBERS ?? 1_000_000);
const ROUNDS = 5;
const RAW = 'the same bytes from a socket';
const CLIENT = 'the same through the Redis client';

export async function loading(): Promise<string> {
  const fleet = await openFleet();
  try {
    await fleet.fill(NUMBERS);
    let bytes = 0;
    const read = async (by: 'socket' | 'client'): Promise<{ ms: number; bytes: number }> => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'raw-read.js'), by, fleet.redisPath]);
      return JSON.parse(stdout) as { ms: number; bytes: number };
    };
    const results = await interleaved(ROUNDS, {
      async [RAW]() {
        const raw = await read('socket');
        bytes = raw.bytes;
        return raw.ms;
      },
      [CLIENT]: async () => (await read('client')).ms,
      async 'the routing table, at the start of a process'() {
        const { loadedMs, stop } = await fleet.start();
        await stop();
        return loadedMs;
      },
    });
    const of = (name: string): number => median(results[name] ?? []);
    const rows = Object.keys(results).map((name) => [name, whole(of(name)), (of(name) / of(RAW)).toFixed(2), (of(name) / of(CLIENT)).toFixed(2)]);
    return `### Loading ${whole(NUMBERS)} numbers (${whole(bytes / 1e6)} MB) from Redis at the start (goal: within 1.5x)\n\n${markdown([['what', 'ms', 'of raw', 'of the client'], ...rows])}\n`;
  } finally {
    await fleet.close();
  }
}
