/** Twilio's dialect of per-call webhooks. */
import type { CarrierDialect } from '../dialect.ts';
import { legResult } from './leg.ts';
import { arrivingCall, closingReport, pressedKeys, voicemailReport } from './params.ts';
import { signatureOf, verifySignature } from './signature.ts';
import { renderTwiml } from './twiml.ts';
import { parseWebhook } from './webhook-form.ts';

export const twilioDialect: CarrierDialect = {
  verify: verifySignature,
  fingerprint: signatureOf,
  parse: parseWebhook,
  arriving: arrivingCall,
  leg: legResult,
  closing: closingReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render: renderTwiml,
};
