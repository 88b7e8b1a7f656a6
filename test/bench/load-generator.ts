/**
 * A process that sends signed voice webhooks over many connections and says what came of it; each is a call of its own.
 * Usage: load-generator.js PORT SECONDS CONNECTIONS NUMBERS FIRST_CALL
 */
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { openConnection, requestText } from './connection.ts';
import { numberAt, ORIGIN } from './fleet.ts';
import { quantile } from './statistics.ts';

const [, , port = '', seconds = '', connections = '', numbers = '', firstCall = ''] = process.argv;
/** More than any variant answers; signed before the clock runs. */
const PREPARED = Number(seconds) * 40_000;

const requests = Array.from({ length: PREPARED }, (_, at) => {
  const number = numberAt((at * 7919) % Number(numbers));
  const caller = `+4477${String(10_000_000 + at).slice(0, 8)}`;
  const { path, headers, body } = signedWebhook(ORIGIN, '/webhooks/main/voice', callParams(callSid(Number(firstCall) + at), number, { From: caller, Caller: caller }));
  return requestText('POST', path, headers, body);
});

const times: number[] = [];
let next = 0;
let wrong = 0;
let until = 0;

async function ask(): Promise<void> {
  const connection = await openConnection(Number(port));
  while (performance.now() < until && next < PREPARED) {
    const request = requests[next++] ?? '';
    const from = performance.now();
    const { status, body } = await connection.ask(request);
    times.push(performance.now() - from);
    if (status !== 200 || !body.includes('<Dial')) wrong += 1;
  }
  connection.close();
}

const from = performance.now();
until = from + Number(seconds) * 1000;
await Promise.all(Array.from({ length: Number(connections) }, ask));
const took = (performance.now() - from) / 1000;
console.log(JSON.stringify({ rps: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99), wrong }));
