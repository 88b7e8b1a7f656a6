/**
 * What the throughput of the service is compared with: node:http and nothing else. `fixed` drains the body and gives always
 * the same answer; `duties` parses the form, checks the signature, looks the number up, writes the answer by template and logs one
 * line; `recorded` also tells Redis of each call, without waiting. None knows hours, loops, capacities or retries.
 * Usage: bare-server.js fixed|duties|recorded NUMBERS REDIS LOG_FILE
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { AUTH_TOKEN } from '../support/webhooks.ts';
import { numberAt, ORIGIN } from './fleet.ts';

const [, , kind = '', count = '', redisPath = '', logFile = ''] = process.argv;
const key = createSecretKey(AUTH_TOKEN, 'utf8');
// Beside the work, as in the service: else each line is a system call of its own.
const log = pino(pino.destination({ dest: logFile, sync: false }));
const redis = kind === 'recorded' ? new Redis(redisPath, { enableAutoPipelining: true }) : undefined;
const plan = { target: 'pbx.example.net' };
const plans = new Map(Array.from({ length: kind === 'fixed' ? 0 : Number(count) }, (_, at) => [numberAt(at), plan]));
const answerOf = (target: string): string => `<?xml version="1.0" encoding="UTF-8"?><Response><Dial action="/webhooks/main/step?step=primary&amp;via=f" timeout="60" answerOnBridge="true"><Sip>sip:${target}</Sip></Dial></Response>`;
const FIXED = answerOf('pbx.example.net');

function isGenuine(path: string, form: ReturnType<typeof parse>, signature: unknown): boolean {
  let text = ORIGIN + path;
  for (const name of Object.keys(form).sort()) text += name + String(form[name]);
  const expected = createHmac('sha1', key).update(text, 'utf8').digest('base64');
  return typeof signature === 'string' && signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

const escape = (text: string): string => text.replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    let body = FIXED;
    if (kind !== 'fixed') {
      const form = parse(Buffer.concat(chunks).toString());
      const number = String(form['To']);
      const found = plans.get(number);
      if (!found || !isGenuine(request.url ?? '', form, request.headers['x-twilio-signature'])) {
        response.writeHead(403, { 'content-length': '0' }).end();
        return;
      }
      body = answerOf(escape(`${number}@${found.target}`));
      log.info({ verb: 'voice', call: form['CallSid'], number: `${number.slice(0, 5)}…${number.slice(-2)}`, did: 'dial' }, 'call answered');
      void redis?.xadd('bench:calls', 'MAXLEN', '~', 10_000, '*', 'call', String(form['CallSid']), 'number', number, 'from', String(form['From']));
    }
    response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
