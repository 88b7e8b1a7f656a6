/** SignalWire's dialect of per-call webhooks: cXML, formerly LaML, of Twilio's family (https://developer.signalwire.com/compatibility-api/cxml). */
import type { LegResult } from '../../domain/leg.ts';
import { withWholeAddresses } from '../absolute.ts';
import type { Answer, CarrierDialect, Params } from '../dialect.ts';
import { whole } from '../params.ts';
import { endedInScreening, markScreened } from '../screened.ts';
import { legResult } from '../twiml-leg.ts';
import { arrivingCall, closingReport, pressedKeys, voicemailReport } from '../twiml-params.ts';
import { createTwimlWriter, TWIML_EXTRA } from '../twiml.ts';
import { parseWebhook } from '../webhook-form.ts';
import { sayLanguage } from './languages.ts';
import { signatureOf, verifySignature } from './signature.ts';

/** "larger than 64 kB" is refused (11750); the smaller reading of that. */
const MAX_DOCUMENT_BYTES = 64_000;
/** `<Say>` takes 4,096 characters. */
const MAX_SAY = 4_000;

/** SignalWire takes an address without a transport to be of TLS, and everybody else of UDP (RFC 3263, 4.1). */
export function overUdp(to: string): string {
  const [address = '', ...headers] = to.split('?');
  if (!/^sip:/i.test(address) || /;transport=/i.test(address)) return to;
  return [`${address};transport=udp`, ...headers].join('?');
}

const write = createTwimlWriter({
  maxDocumentBytes: MAX_DOCUMENT_BYTES,
  maxSay: MAX_SAY,
  sayLanguage,
  // "For some call flows, there may be a 5-second buffer": it is not counted on.
  ring: { addedSeconds: 0, least: 5, most: 600 },
  extra: TWIML_EXTRA,
});

/** Of who was called and asked to press a key, the address of what follows says so. */
function told(answer: Answer): Answer {
  if (answer.do !== 'dial') return answer;
  const { step, screenUrl, afterUrl } = answer;
  return { ...answer, step: { ...step, to: overUdp(step.to) }, afterUrl: screenUrl === undefined ? afterUrl : markScreened(afterUrl) };
}

/** It is not told whether an answered leg was connected (https://developer.signalwire.com/compatibility-api/cxml/voice/dial). */
function signalwireLeg(params: Params): LegResult {
  const result = legResult(params);
  return result.end === 'answered' && endedInScreening(params, whole(params, 'DialCallDuration')) ? { ...result, end: 'no-answer' } : result;
}

export const signalwireDialect: CarrierDialect = {
  verify: verifySignature,
  fingerprint: signatureOf,
  parse: parseWebhook,
  arriving: arrivingCall,
  leg: signalwireLeg,
  closing: closingReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render: (answer, { origin }) => write(withWholeAddresses(told(answer), origin)),
};
