/**
 * A stand-in for Twilio as a process of its own, with as many numbers as asked for, that takes so many writes in any second and not one
 * more. It keeps a log of what it was asked, and says on demand what that amounts to. Usage: moves-carrier.js (forked) NUMBERS WRITES_A_SECOND LATENCY_MS
 */
import { isDeepStrictEqual } from 'node:util';
import type { Asked } from '../../stand-ins/rest-server.ts';
import type { HeldNumber, NumberSettings } from '../../stand-ins/twilio/numbers.ts';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';
import { AUTH_TOKEN } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { CLASSES, classAt, numberAt } from './fleet.ts';

/** What it was asked since it was last told to begin anew. */
export interface CarrierLog {
  writes: number;
  reads: number;
  /** Writes that were one too many. */
  refused: number;
  /** From the first write to the last. */
  seconds: number;
  /** The most that arrived within any second, those that were refused among them. */
  mostInASecond: number;
  /** Numbers that were first written while one of a more important customer still waited. */
  early: number;
  /** Numbers that were not read after they were last written. */
  notReadBack: number;
  /** Numbers that are as they were at the beginning. */
  asBefore: number;
  /** Numbers whose calls go to this address. */
  leadTo: Record<string, number>;
}

export type CarrierOrder = 'remember' | 'begin' | 'writes' | 'log';
export type CarrierSays = { url: string } | { writes: number } | { log: CarrierLog } | { done: true };

interface Seen {
  at: number;
  write: boolean;
  refused: boolean;
  index: number;
}

const [count = 0, writesPerSecond = 0, latencyMs = 0] = process.argv.slice(2).map(Number);
const SECOND_MS = 1000;
const TRUNK = `TK${'b'.repeat(32)}`;

const indexOf = new Map<string, number>();
const numbers: HeldNumber[] = [];
let seen: Seen[] = [];
let before: NumberSettings[] = [];
/** When the writes of the last second were taken. */
let taken: number[] = [];

function admits({ method, path }: Asked): boolean {
  const at = performance.now();
  const write = method === 'POST';
  let refused = false;
  if (write) {
    taken = taken.filter((one) => one > at - SECOND_MS);
    refused = taken.length >= writesPerSecond;
    if (!refused) taken.push(at);
  }
  seen.push({ at, write, refused, index: indexOf.get(/PN[0-9a-f]{32}/.exec(path)?.[0] ?? '') ?? -1 });
  return !refused;
}

const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: AUTH_TOKEN, pace: { admits, latencyMs } });
for (let at = 0; at < count; at += 1) {
  const held = twilio.addNumber(numberAt(at), { voice_url: `https://old.example/${at}`, voice_method: 'POST', ...(at % 3 === 0 ? { trunk_sid: TRUNK } : {}) });
  indexOf.set(held.sid, at);
  numbers.push(held);
}

function mostInASecond(writes: readonly Seen[]): number {
  let most = 0;
  let from = 0;
  for (const [to, { at }] of writes.entries()) {
    while ((writes[from]?.at ?? at) <= at - SECOND_MS) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function early(writes: readonly Seen[]): number {
  const ranks = [...new Set(writes.map(({ index }) => index))].map((index) => CLASSES.indexOf(classAt(index)));
  let best: number = CLASSES.length;
  let count = 0;
  for (const rank of ranks.toReversed()) {
    if (rank > best) count += 1;
    best = Math.min(best, rank);
  }
  return count;
}

function report(): CarrierLog {
  const asked = seen.filter(({ write }) => write);
  const writes = asked.filter(({ refused }) => !refused);
  const lastWrites = new Map(writes.map(({ index, at }) => [index, at]));
  const lastReads = new Map(seen.flatMap(({ write, index, at }) => (write ? [] : [[index, at] as const])));
  const leadTo: Record<string, number> = {};
  for (const { settings: { trunk_sid: trunk, voice_url: url } } of numbers) if (trunk === '' && !url.startsWith('https://old.example/')) leadTo[url] = (leadTo[url] ?? 0) + 1;
  return {
    writes: writes.length,
    reads: seen.length - asked.length,
    refused: asked.length - writes.length,
    seconds: ((writes.at(-1)?.at ?? 0) - (writes[0]?.at ?? 0)) / SECOND_MS,
    mostInASecond: mostInASecond(asked),
    early: early(writes),
    notReadBack: [...lastWrites].filter(([index, at]) => (lastReads.get(index) ?? 0) < at).length,
    asBefore: numbers.filter(({ settings }, at) => isDeepStrictEqual(settings, before[at])).length,
    leadTo,
  };
}

// What the stand-in itself keeps of each request is not needed here, and collecting it would hold everything up.
setInterval(() => { (twilio.requests as Asked[]).length = 0; }, SECOND_MS).unref();

const say = (says: CarrierSays): void => void process.send?.(says);

process.on('message', (order: CarrierOrder) => {
  if (order === 'remember') before = numbers.map(({ settings }) => structuredClone(settings));
  if (order === 'begin') seen = [];
  say(order === 'log' ? { log: report() } : order === 'writes' ? { writes: seen.filter(({ write, refused }) => write && !refused).length } : { done: true });
});
process.once('disconnect', () => process.exit());
say({ url: twilio.url });
