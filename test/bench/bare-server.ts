/**
 * What the throughput of the service is compared with: node:http and nothing else. `fixed` drains the body and gives always
 * the same answer; `duties` parses the form, checks the signature, looks the number up and writes the answer by template. Neither
 * logs, records, or knows hours, loops and capacities. Usage: bare-server.js fixed|duties NUMBERS
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';
import { AUTH_TOKEN } from '../support/webhooks.ts';
import { numberAt, ORIGIN } from './fleet.ts';

const [, , kind = '', count = ''] = process.argv;
const key = createSecretKey(AUTH_TOKEN, 'utf8');
const plans = new Map(Array.from({ length: Number(count) }, (_, at) => [numberAt(at), { target: 'pbx.example.net' }]));
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
    if (kind === 'duties') {
      const form = parse(Buffer.concat(chunks).toString());
      const plan = plans.get(String(form['To']));
      if (!plan || !isGenuine(request.url ?? '', form, request.headers['x-twilio-signature'])) {
        response.writeHead(403, { 'content-length': '0' }).end();
        return;
      }
      body = answerOf(escape(`${String(form['To'])}@${plan.target}`));
    }
    response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
