/** How SignalWire's requests are made, for the contract suite. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { signForm } from '../../../stand-ins/signalwire/call.ts';
import type { DialectFixture } from '../contract.ts';

const ORIGIN = 'https://calls.example.net';
const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true, ignoreDeclaration: true });

function leaves(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [];
}

export const signalwireFixture: DialectFixture = {
  keys: { origins: [ORIGIN], secrets: ['current-key', 'next-key'] },
  genuine: (target, params, secret) => ({
    method: 'POST',
    target,
    body: Buffer.from(new URLSearchParams(params).toString()),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-signalwire-signature': signForm(secret, ORIGIN + target, params) },
  }),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, 'x-signalwire-signature': undefined } }),
  call: { CallSid: 'call-1', AccountSid: 'b3877c40-da60-4998-90ad-b792e98472af', To: '+442079460123', From: '+14155550100', CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01' },
  legs: [
    { params: { DialCallStatus: 'completed', DialCallDuration: '12' }, result: { end: 'answered', cause: 'user' } },
    { params: { DialCallStatus: 'no-answer' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { DialCallStatus: 'busy', DialSipResponseCode: '486' }, result: { end: 'busy', cause: 'user', sip: 486 } },
    { params: { DialCallStatus: 'failed', DialSipResponseCode: '603' }, result: { end: 'declined', cause: 'user', sip: 603 } },
    { params: { DialCallStatus: 'canceled' }, result: { end: 'cancelled', cause: 'user' } },
    { params: { DialCallStatus: 'failed', DialSipResponseCode: '503' }, result: { end: 'failed', cause: 'down', sip: 503 } },
    { params: { DialCallStatus: 'something-new' }, result: { end: 'failed', cause: 'ambiguous' } },
  ],
  names: ['CallSid', 'To', 'From', 'CallStatus', 'CallDuration', 'ForwardedFrom', 'ErrorUrl', 'ErrorCode', 'SipHeader_X-Ringthrough', 'DialCallStatus', 'DialCallDuration', 'DialSipResponseCode', 'RecordingSid', 'RecordingUrl', 'RecordingStatus', 'RecordingDuration', 'Digits', 'screened'],
  textsOf(body) {
    if (XMLValidator.validate(body) !== true) throw new Error(`not well-formed: ${body.slice(0, 200)}`);
    return leaves(parser.parse(body));
  },
  maxBytes: 64_000,
};
