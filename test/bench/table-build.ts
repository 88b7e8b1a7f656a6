/** A process that builds one kind of table of numbers and says what it took. Usage: node --expose-gc table-build.js routing-table|index|map-of-numbers|map-of-objects COUNT */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { createNumberIndex } from '../../src/calls/number-index.ts';
import { createRoutingTable } from '../../src/calls/routing-table.ts';
import { encodePayload } from '../../src/store/codec.ts';
import { numberAt } from './fleet.ts';

export interface Built {
  ms: number;
  bytes: number;
  /** One lookup, microseconds. */
  lookup: number;
  /** The longest pause of the garbage collector while building, and a full collection after it, milliseconds. */
  pause: number;
  full: number;
}

/** Numbers that share everything, as a business's do. */
const RULES = 2000;
const LOOKUPS = 1_000_000;

const [, , kind = '', countText = ''] = process.argv;
const count = Number(countText);
const rules = Array.from({ length: RULES }, (_, at) => ({ customer: `customer-${at}`, primary: `pbx-${at % 50}`, carrier: 'main', plan: `plan-${at}` }));
const payloads = rules.map((rule) => encodePayload('numbers', rule));
const spread = (at: number): number => (at * 7919) % RULES;

/** Builds the table; returns how it is looked up. */
const kinds: Record<string, () => (number: string) => unknown> = {
  'routing-table'() {
    const table = createRoutingTable();
    for (let at = 0; at < count; at += 1) table.apply('numbers', numberAt(at), payloads[spread(at)]);
    return (number) => table.number(number);
  },
  index() {
    const index = createNumberIndex();
    for (let at = 0; at < count; at += 1) index.set(numberAt(at), spread(at));
    return (number) => rules[index.get(number) ?? 0];
  },
  'map-of-numbers'() {
    const map = new Map<number, number>();
    for (let at = 0; at < count; at += 1) map.set(Number(numberAt(at).slice(1)), spread(at));
    return (number) => rules[map.get(Number(number.slice(1))) ?? 0];
  },
  'map-of-objects'() {
    const map = new Map<string, object>();
    for (let at = 0; at < count; at += 1) map.set(numberAt(at), { ...rules[spread(at)] });
    return (number) => map.get(number);
  },
};

const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const used = async (): Promise<number> => {
  // Twice, with time between: what the first finds dead is given back after it.
  collect();
  await pause(50);
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

let longest = 0;
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
});

const before = await used();
observer.observe({ entryTypes: ['gc'] });
const from = performance.now();
const lookUp = kinds[kind]?.();
const took = performance.now() - from;
// Its entries come later.
await pause(50);
observer.disconnect();
const bytes = ((await used()) - before) / count;
const fullFrom = performance.now();
collect();
const full = performance.now() - fullFrom;
const asked = Array.from({ length: 10_000 }, (_, at) => numberAt((at * 104_729) % count));
const lookFrom = performance.now();
let found = 0;
for (let at = 0; at < LOOKUPS; at += 1) if (lookUp?.(asked[at % asked.length] ?? '') !== undefined) found += 1;
const lookup = ((performance.now() - lookFrom) * 1000) / LOOKUPS;
if (found !== LOOKUPS) throw new Error('a number was not found');
console.log(JSON.stringify({ ms: took, bytes, lookup, pause: longest, full } satisfies Built));
