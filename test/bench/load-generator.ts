/** A process that sends signed voice webhooks over many connections and says what came of it. Usage: load-generator.js PORT SECONDS CONNECTIONS NUMBERS */
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { openConnection, requestText } from './connection.ts';
import { numberAt, ORIGIN } from './fleet.ts';
import { quantile } from './statistics.ts';

/** Different calls; then they come again, as a carrier's retries do. */
const PREPARED = 20_000;

const [, , port = '', seconds = '', connections = '', numbers = ''] = process.argv;

const requests = Array.from({ length: PREPARED }, (_, at) => {
  const number = numberAt((at * 7919) % Number(numbers));
  const caller = `+4477${String(10_000_000 + at)}`;
  const { path, headers, body } = signedWebhook(ORIGIN, '/webhooks/main/voice', callParams(callSid(at), number, { From: caller, Caller: caller }));
  return requestText('POST', path, headers, body);
});

const times: number[] = [];
let next = 0;
let wrong = 0;
let until = 0;

async function ask(): Promise<void> {
  const connection = await openConnection(Number(port));
  while (performance.now() < until) {
    const request = requests[next++ % PREPARED] ?? '';
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
