/**
 * How soon after a divert or restore was acknowledged by one process do four others answer by it? From the moment the
 * acknowledgement is read, each of the four is asked a signed voice webhook after another, without a pause, until one is
 * answered by the new state; what counts is when that answer is read, so the time of one webhook is in every figure.
 */
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { openConnection, requestText, type Connection } from './connection.ts';
import { ADMIN_KEY, MOBILE, numberAt, openFleet, ORIGIN, type Fleet } from './fleet.ts';
import { markdown, max, ms, quantile, whole } from './statistics.ts';

const OTHERS = 4;
const FLIPS = 300;
const GOAL_MS = 50;

let calls = 0;

/** A call that no other resembles: same caller and number within seconds would count as one that came back. */
function voiceRequest(number: string): string {
  calls += 1;
  const caller = `+4477${String(10_000_000 + calls)}`;
  const { path, headers, body } = signedWebhook(ORIGIN, '/webhooks/main/voice', callParams(callSid(calls), number, { From: caller, Caller: caller }));
  return requestText('POST', path, headers, body);
}

interface Seen {
  /** Until the first answer by the new state, milliseconds. */
  ms: number;
  /** Answers by the old state after the acknowledgement. */
  stale: number;
}

async function untilBy(connection: Connection, plan: boolean, from: number): Promise<Seen> {
  for (let stale = 0; ; stale += 1) {
    const { status, body } = await connection.ask(voiceRequest(numberAt(stale % 100)));
    const now = performance.now();
    if (status !== 200 || !body.includes('<Dial')) throw new Error(`a webhook was answered ${status}: ${body}`);
    if (body.includes(MOBILE) === plan) return { ms: now - from, stale };
  }
}

async function flip(fleet: Fleet, numbers: number): Promise<string[]> {
  await fleet.fill(numbers);
  const writer = await fleet.start();
  const others = await Promise.all(Array.from({ length: OTHERS }, () => fleet.start()));
  await fleet.inStep(others);
  const orders = await openConnection(writer.port);
  const connections = await Promise.all(others.map(({ port }) => openConnection(port)));
  const seen: Seen[] = [];
  for (let turn = 0; turn < FLIPS; turn += 1) {
    const order = turn % 2 === 0 ? 'divert' : 'restore';
    const { status } = await orders.ask(requestText('POST', `/v1/primaries/pbx/${order}`, { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }, JSON.stringify({ reason: 'benchmark' })));
    const from = performance.now();
    if (status !== 200) throw new Error(`${order} was answered ${status}`);
    seen.push(...(await Promise.all(connections.map((connection) => untilBy(connection, order === 'divert', from)))));
  }
  for (const connection of [orders, ...connections]) connection.close();
  const times = seen.map((one) => one.ms);
  const late = seen.filter(({ stale }) => stale > 0).length;
  return [whole(numbers), whole(seen.length), ms(quantile(times, 0.5)), ms(quantile(times, 0.99)), ms(max(times)), `${late} of ${seen.length}`, max(others.map(({ loadedMs }) => loadedMs)).toFixed(0)];
}

export async function flips(): Promise<string> {
  const rows = [['numbers', 'samples', 'p50 ms', 'p99 ms', 'max ms', 'first answer still by the old state', 'table loaded from Redis in ms']];
  for (const numbers of [200, 100_000]) {
    const fleet = await openFleet();
    try {
      rows.push(await flip(fleet, numbers));
    } finally {
      await fleet.close();
    }
  }
  return `### A state flip reaches four other processes (goal: p99 at most ${GOAL_MS} ms)\n\n${markdown(rows)}\n`;
}
