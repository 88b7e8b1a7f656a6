/**
 * A process that writes signed voice webhooks to a file, for webhook-load.lua; each is a call of its own.
 * Usage: webhook-requests.js FILE COUNT NUMBERS FIRST_CALL
 */
import { writeFileSync } from 'node:fs';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { requestText } from './connection.ts';
import { numberAt, ORIGIN } from './fleet.ts';

const [, , file = '', count = '', numbers = '', firstCall = ''] = process.argv;
const LENGTH_DIGITS = 6;

const requests = Array.from({ length: Number(count) }, (_, at) => {
  const number = numberAt((at * 7919) % Number(numbers));
  const caller = `+4477${String(10_000_000 + at).slice(0, 8)}`;
  const { path, headers, body } = signedWebhook(ORIGIN, '/webhooks/main/voice', callParams(callSid(Number(firstCall) + at), number, { From: caller, Caller: caller }));
  const request = requestText('POST', path, headers, body);
  return String(Buffer.byteLength(request)).padStart(LENGTH_DIGITS, '0') + request;
});
writeFileSync(file, requests.join(''));
