/** How Telnyx' requests are made, for the contract suite. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { WebhookRequest } from '../../../src/carriers/dialect.ts';
import { NOW, type DialectFixture } from '../contract.ts';

const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true, ignoreDeclaration: true });

function leaves(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(leaves) : [];
}

const privateKeys = new Map<string, KeyObject>();

/** A new pair; the public half as the portal shows it. */
function newPublicKey(): string {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const shown = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  privateKeys.set(shown, privateKey);
  return shown;
}

const stranger = generateKeyPairSync('ed25519').privateKey;

/** Signed by the private half of `publicKey`; by a stranger for any other text. */
export function signedWebhook(target: string, body: string, publicKey: string, seconds = NOW / 1000, type = 'application/x-www-form-urlencoded'): WebhookRequest {
  const signature = sign(null, Buffer.from(`${seconds}|${body}`), privateKeys.get(publicKey) ?? stranger).toString('base64');
  return { method: 'POST', target, body: Buffer.from(body), headers: { 'content-type': type, 'telnyx-timestamp': String(seconds), 'telnyx-signature-ed25519': signature } };
}

export const telnyxFixture: DialectFixture = {
  keys: { origins: ['https://calls.example.net'], secrets: [newPublicKey(), newPublicKey()] },
  genuine: (target, params, secret) => signedWebhook(target, new URLSearchParams(params).toString(), secret),
  unsigned: (request) => ({ ...request, headers: { ...request.headers, 'telnyx-signature-ed25519': undefined } }),
  signsAddress: false,
  call: { CallSid: 'call:1', CallSidLegacy: 'call:1', AccountSid: '6a9a7976-012e-45d2-9258-6f5dc68d861e', To: '+442079460123', From: '+14155550100', CallerId: '+14155550100', CallingPartyType: 'pstn', ConnectionId: '1568109700606592442', CallStatus: 'ringing', ErrorCode: '0' },
  legs: [
    { params: { DialCallStatus: 'completed', DialCallDuration: '12' }, result: { end: 'answered', cause: 'user' } },
    { params: { DialCallStatus: 'no-answer' }, result: { end: 'no-answer', cause: 'user' } },
    { params: { DialCallStatus: 'busy' }, result: { end: 'busy', cause: 'user' } },
    { params: { DialCallStatus: 'failed', HangupCause: 'call_rejected' }, result: { end: 'declined', cause: 'user' } },
    { params: { DialCallStatus: 'canceled' }, result: { end: 'cancelled', cause: 'user' } },
    { params: { DialCallStatus: 'failed', HangupCause: 'unspecified', SipHangupCause: '503' }, result: { end: 'failed', cause: 'down', sip: 503 } },
    { params: { DialCallStatus: 'failed', HangupCause: 'not_found' }, result: { end: 'failed', cause: 'ambiguous' } },
    { params: { DialCallStatus: 'something-new' }, result: { end: 'failed', cause: 'ambiguous' } },
  ],
  names: ['CallSid', 'To', 'From', 'CallStatus', 'CallDuration', 'CallingPartyType', 'ErrorCode', 'ErrorUrl', 'HangupCause', 'SipHangupCause', 'DialCallStatus', 'DialCallDuration', 'RecordingSid', 'RecordingUrl', 'RecordingStatus', 'RecordingDuration', 'Digits', 'SipHeader_X-Ringthrough', 'screened'],
  textsOf(body) {
    if (XMLValidator.validate(body) !== true) throw new Error(`not well-formed: ${body.slice(0, 200)}`);
    return leaves(parser.parse(body));
  },
  maxBytes: 64_000,
};
