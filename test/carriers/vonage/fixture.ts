/** How Vonage's requests are made, for the contract suite. */
import type { WebhookRequest } from '../../../src/carriers/dialect.ts';
import { tokenFor } from '../../../stand-ins/vonage/call.ts';
import { NOW, type DialectFixture } from '../contract.ts';

export function signedWebhook(target: string, body: string, secret: string, seconds = NOW / 1000): WebhookRequest {
  const authorization = tokenFor(body, { apiKey: '12345678', secret, seconds, id: 'a-token' });
  return { method: 'POST', target, body: Buffer.from(body), headers: { 'content-type': 'application/json', authorization } };
}

function leaves(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [];
}

const LEG = { conversation_uuid: 'call-1', direction: 'outbound' };

export const vonageFixture: DialectFixture = {
  keys: { origins: ['https://calls.example.net'], secrets: ['a-signature-secret', 'the-next-secret'] },
  genuine: (target, params, secret) => signedWebhook(target, JSON.stringify(params), secret),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, authorization: undefined } }),
  signsAddress: false,
  call: { to: '442079460123', from: '14155550100', uuid: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab', conversation_uuid: 'call-1', endpoint_type: 'phone' },
  legs: [
    { params: { ...LEG, status: 'completed', duration: '12' }, result: { end: 'answered', cause: 'user' } },
    { params: { ...LEG, status: 'unanswered' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { ...LEG, status: 'timeout', sip_code: '487' }, result: { end: 'no-answer', cause: 'user', sip: 487 } },
    { params: { ...LEG, status: 'machine' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { ...LEG, status: 'busy' }, result: { end: 'busy', cause: 'user' } },
    { params: { ...LEG, status: 'rejected' }, result: { end: 'declined', cause: 'user' } },
    { params: { ...LEG, status: 'cancelled' }, result: { end: 'cancelled', cause: 'user' } },
    { params: { ...LEG, status: 'failed', sip_code: '503' }, result: { end: 'failed', cause: 'down', sip: 503 } },
    { params: { ...LEG, status: 'failed' }, result: { end: 'failed', cause: 'ambiguous' } },
    { params: { ...LEG, status: 'something-new' }, result: { end: 'failed', cause: 'ambiguous' } },
  ],
  names: ['conversation_uuid', 'to', 'from', 'from_user', 'status', 'direction', 'duration', 'endpoint_type', 'sip_code', 'recording_uuid', 'recording_url', 'start_time', 'end_time', 'dtmf', 'SipHeader_X-Ringthrough', 'called', 'caller', 'screened'],
  textsOf: (body) => leaves(JSON.parse(body)),
  maxBytes: 64_000,
};
