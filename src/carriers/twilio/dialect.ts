/** Twilio's dialect of per-call webhooks. */
import type { CarrierDialect } from '../dialect.ts';
import { createFormSignature } from '../form-signature.ts';
import { legResult } from '../twiml-leg.ts';
import { arrivingCall, closingReport, pressedKeys, voicemailReport } from '../twiml-params.ts';
import { createTwimlWriter, TWIML_EXTRA } from '../twiml.ts';
import { parseWebhook } from '../webhook-form.ts';
import { sayLanguage } from './languages.ts';

/** Twilio takes 64 kB (error 11750); the smaller reading of that. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** `<Say>` takes 4,096 characters (https://www.twilio.com/docs/voice/twiml/say). */
export const MAX_SAY = 4_000;

/** Of a repeated name each value once, sorted. */
const signature = createFormSignature({ header: 'x-twilio-signature', repeated: (values) => [...new Set(values)].sort() });

export const twilioDialect: CarrierDialect = {
  verify: signature.verify,
  fingerprint: signature.of,
  parse: parseWebhook,
  arriving: arrivingCall,
  leg: legResult,
  closing: closingReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render: createTwimlWriter({
    maxDocumentBytes: MAX_DOCUMENT_BYTES,
    maxSay: MAX_SAY,
    sayLanguage,
    // "Twilio always adds a five-second timeout buffer" (https://www.twilio.com/docs/voice/twiml/dial).
    ring: { addedSeconds: 5, least: 5, most: 600 },
    extra: TWIML_EXTRA,
  }),
};
