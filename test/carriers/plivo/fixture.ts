/** How Plivo's requests are made, for the contract suite. */
import { parseXml, type Element } from '../../../stand-ins/xml.ts';
import { signV3 } from '../../../stand-ins/plivo/signature.ts';
import type { DialectFixture } from '../contract.ts';

const ORIGIN = 'https://calls.example.net';
const NONCE = '31627761595286130198';

function textsIn({ text, attributes, children }: Element): string[] {
  return [text, decodeURIComponent(attributes['sipHeaders'] ?? ''), ...children.flatMap(textsIn)];
}

export const plivoFixture: DialectFixture = {
  keys: { origins: [ORIGIN], secrets: ['current-token', 'next-token'] },
  genuine: (target, params, secret) => ({
    method: 'POST',
    target,
    body: Buffer.from(new URLSearchParams(params).toString()),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-plivo-signature-v3': signV3(secret, ORIGIN + target, params, NONCE), 'x-plivo-signature-v3-nonce': NONCE },
  }),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, 'x-plivo-signature-v3': undefined } }),
  call: { CallUUID: 'call-1', ALegUUID: 'call-1', RequestUUID: 'call-1', ParentAuthID: 'MANWVLYTK4ZWU1YTY4QA', To: '442079460123', From: '14155550100', CallStatus: 'ringing', Direction: 'inbound', Event: 'StartApp', BillRate: '0.002' },
  legs: [
    { params: { DialStatus: 'completed', DialHangupCause: 'NORMAL_CLEARING' }, result: { end: 'answered', cause: 'user' } },
    { params: { DialStatus: 'no-answer', DialHangupCause: 'NO_ANSWER' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { DialStatus: 'timeout' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { DialStatus: 'no-answer', DialHangupCause: 'NO_USER_RESPONSE' }, result: { end: 'failed', cause: 'down' } },
    { params: { DialStatus: 'busy', DialHangupCause: 'USER_BUSY' }, result: { end: 'busy', cause: 'user' } },
    { params: { DialStatus: 'failed', DialHangupCause: 'CALL_REJECTED' }, result: { end: 'declined', cause: 'user' } },
    { params: { DialStatus: 'cancel', DialHangupCause: 'ORIGINATOR_CANCEL' }, result: { end: 'cancelled', cause: 'user' } },
    { params: { DialStatus: 'failed', DialHangupCause: 'NORMAL_TEMPORARY_FAILURE' }, result: { end: 'failed', cause: 'down' } },
    { params: { DialStatus: 'failed', DialHangupCause: 'SWITCH_CONGESTION' }, result: { end: 'failed', cause: 'overloaded' } },
    { params: { DialStatus: 'failed', DialHangupCause: 'UNALLOCATED_NUMBER' }, result: { end: 'failed', cause: 'user' } },
    { params: { DialStatus: 'failed', DialHangupCause: 'SOMETHING_NEW' }, result: { end: 'failed', cause: 'ambiguous' } },
    { params: { DialStatus: 'something-new' }, result: { end: 'failed', cause: 'ambiguous' } },
  ],
  names: ['CallUUID', 'To', 'From', 'CallStatus', 'Duration', 'ForwardedFrom', 'SIP-H-Diversion', 'SIP-H-History-Info', 'X-PH-Ringthrough', 'DialStatus', 'DialHangupCause', 'RecordingID', 'RecordUrl', 'RecordingDuration', 'Digits'],
  textsOf(body) {
    const parsed = parseXml(body);
    if ('fault' in parsed) throw new Error(parsed.fault);
    return textsIn(parsed.root);
  },
  maxBytes: 64_000,
};
