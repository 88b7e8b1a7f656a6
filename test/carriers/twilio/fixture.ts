/** How Twilio's requests are made, for the contract suite. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import twilio from 'twilio';
import type { DialectFixture } from '../contract.ts';

const ORIGIN = 'https://calls.example.net';
const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true, ignoreDeclaration: true });

function leaves(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [];
}

export const twilioFixture: DialectFixture = {
  keys: { origins: [ORIGIN], secrets: ['current-token', 'next-token'] },
  genuine: (target, params, secret) => ({
    method: 'POST',
    target,
    body: Buffer.from(new URLSearchParams(params).toString()),
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, ORIGIN + target, params) },
  }),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, 'x-twilio-signature': undefined } }),
  call: { CallSid: 'call-1', AccountSid: `AC${'0'.repeat(32)}`, To: '+442079460123', From: '+14155550100', CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01' },
  legs: [
    { params: { DialCallStatus: 'completed', DialBridged: 'true', DialCallDuration: '12' }, result: { end: 'answered', cause: 'user' } },
    { params: { DialCallStatus: 'completed', DialBridged: 'false' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { DialCallStatus: 'busy', DialSipResponseCode: '486' }, result: { end: 'busy', cause: 'user', sip: 486 } },
    { params: { DialCallStatus: 'failed', DialSipResponseCode: '603' }, result: { end: 'declined', cause: 'user', sip: 603 } },
    { params: { DialCallStatus: 'canceled' }, result: { end: 'cancelled', cause: 'user' } },
    { params: { DialCallStatus: 'failed', DialSipResponseCode: '503' }, result: { end: 'failed', cause: 'down', sip: 503 } },
  ],
  names: [
    'CallSid', 'To', 'From', 'CallStatus', 'CallDuration', 'ForwardedFrom', 'ErrorUrl', 'ErrorCode', 'SipCallId', 'SipHeader_Diversion', 'SipHeader_History-Info', 'SipHeader_X-Ringthrough',
    'DialCallStatus', 'DialBridged', 'DialSipResponseCode', 'RecordingSid', 'RecordingUrl', 'RecordingStatus', 'RecordingDuration', 'Digits',
  ],
  textsOf(body) {
    if (XMLValidator.validate(body) !== true) throw new Error(`not well-formed: ${body.slice(0, 200)}`);
    return leaves(parser.parse(body));
  },
  maxBytes: 64_000,
};
