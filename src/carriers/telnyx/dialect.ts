/** Telnyx' dialect of per-call webhooks: TeXML, of Twilio's family, in forms signed with Ed25519. */
import { isE164 } from '../../domain/phone-number.ts';
import type { Answer, ArrivingCall, CarrierDialect, Params, Rendered, WebhookRequest } from '../dialect.ts';
import { first, word } from '../params.ts';
import { arrivingCall, closingReport, pressedKeys, voicemailReport } from '../twiml-params.ts';
import { markScreened } from '../screened.ts';
import { createTwimlWriter } from '../twiml.ts';
import { parseWebhook } from '../webhook-form.ts';
import { xml } from '../xml.ts';
import { sayLanguage } from './languages.ts';
import { telnyxLeg } from './leg.ts';
import { signatureOf, verifySignature } from './signature.ts';

/** No figure is published: that of the family's eldest. */
const MAX_DOCUMENT_BYTES = 64_000;
/** The API's speak command takes 3,000 characters. */
const MAX_SAY = 2_900;

/** `v3:…`: the ids of calls have a colon, which ours have not. */
function parse(request: WebhookRequest): Params {
  const params = parseWebhook(request);
  const sid = first(params, 'CallSid');
  return sid.includes(':') ? new Map([...params, ['CallSid', [sid.replaceAll(':', '-')]]]) : params;
}

/** `ErrorCode` comes with every kind of webhook and does not say that one of our addresses failed. */
function arriving(params: Params): ArrivingCall {
  const call = arrivingCall(params);
  return { ...call, overSip: call.overSip || word(params, 'CallingPartyType') === 'sip', afterOurFailure: first(params, 'ErrorUrl') !== '' };
}

/** "Caller ID that must be a valid E.164 format number"; a word may be shown as the name instead. */
function callerId(caller: string): string {
  return isE164(caller) ? ` callerId="${caller}"` : ` fromDisplayName="${xml(caller)}"`;
}

const write = createTwimlWriter({
  maxDocumentBytes: MAX_DOCUMENT_BYTES,
  maxSay: MAX_SAY,
  sayLanguage,
  // https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/dial
  ring: { addedSeconds: 0, least: 5, most: 120 },
  // Of other voices the language is always en-US. A time-out of <Record> would have the message transcribed, for a charge.
  extra: { say: ' voice="alice"', record: '', gather: '' },
  callerId,
});

function render(answer: Answer): Rendered {
  if (answer.do !== 'dial' || answer.screenUrl === undefined) return write(answer);
  return write({ ...answer, afterUrl: markScreened(answer.afterUrl) });
}

export const telnyxDialect: CarrierDialect = {
  verify: verifySignature,
  fingerprint: signatureOf,
  parse,
  arriving,
  leg: telnyxLeg,
  closing: closingReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render,
};
