/** A disk that really is full, to the spool: what does not fit is refused at once, what was taken stays, and when there is room it goes on. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const MODULE = join(import.meta.dirname, '../../dist/src/spool/spool.js');

/** Fills the spool until it refuses, five times more, then makes room and goes on; tells what it met. */
const PROGRAM = `
import { createSpool } from ${JSON.stringify(MODULE)};
const log = { error() {}, info() {}, warn() {} };
const spool = createSpool({ dir: process.argv[2], maxBytes: 1e9, log, now: () => 0 });
await spool.open();
const queue = spool.queue('claims');
const append = (at) => queue.append(Array.from({ length: 20 }, (_, each) => ({ at, each, text: 'x'.repeat(400) }))).then(() => 'taken', (error) => error.message);
const met = [];
let at = 0;
while (met.length < 5) { const what = await append(at); if (what === 'taken') at += 1; else met.push(what); if (at > 1000) throw new Error('the disk is not full'); }
const full = queue.size;
const kept = (await queue.oldest(1e6)).map(({ value }) => value.at);
await queue.remove((await queue.oldest(full / 2)).map(({ number }) => number));
const after = await append(at);
console.log(JSON.stringify({ batches: at, full, whole: kept.length === at * 20 && kept.every((one, place) => one === Math.floor(place / 20)), met: new Set(met).size, after, size: queue.size }));
await spool.close();
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-full-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('refused, nothing lost, and it goes on when there is room', async () => {
  const program = join(dir, 'program.mjs');
  await writeFile(program, PROGRAM);
  // No file may grow beyond 1000 blocks: the kernel refuses the write as it does on a full disk.
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -f 1000; exec "$0" "$@"', process.execPath, program, dir], { timeout: 30_000 });
  const told = JSON.parse(stdout) as { batches: number; full: number; whole: boolean; met: number; after: string; size: number };
  expect(told).toMatchObject({ full: told.batches * 20, whole: true, met: 1, after: 'taken', size: told.batches * 10 + 20 });
  expect(told.batches).toBeGreaterThan(10);
});
