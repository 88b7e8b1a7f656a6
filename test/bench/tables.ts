/** What a million numbers cost in memory: the routing table itself, its index, and a Map in the index's place. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { interleaved, markdown, median, ms, whole } from './statistics.ts';
import type { Built } from './table-build.ts';

const COUNT = 1_000_000;
const ROUNDS = 3;
const KINDS = { 'routing table, from payloads': 'routing-table', 'number index (typed arrays)': 'index', 'Map of number -> rule': 'map-of-numbers', 'Map of E.164 -> object': 'map-of-objects' };

async function build(kind: string): Promise<Built> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', join(import.meta.dirname, 'table-build.js'), kind, String(COUNT)]);
  return JSON.parse(stdout) as Built;
}

export async function tables(): Promise<string> {
  const results = await interleaved(ROUNDS, Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, () => build(kind)])));
  const rows = Object.entries(results).map(([name, builds]) => {
    const of = (field: keyof Built): number => median(builds.map((one) => one[field]));
    return [name, of('bytes').toFixed(1), whole(of('ms')), of('lookup').toFixed(2), ms(of('pause')), ms(of('full'))];
  });
  return `### ${whole(COUNT)} numbers in memory, 2,000 rules\n\n${markdown([['what', 'bytes a number', 'built in ms', 'lookup µs', 'longest GC pause ms', 'full GC ms'], ...rows])}\n`;
}
