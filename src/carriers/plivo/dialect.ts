/** Plivo's dialect of per-call webhooks: forms signed with HMAC-SHA256, answered in Plivo XML. */
import { withWholeAddresses } from '../absolute.ts';
import type { CarrierDialect } from '../dialect.ts';
import { keys } from '../params.ts';
import { parseWebhook } from '../webhook-form.ts';
import { renderDocument } from './document.ts';
import { arrivingCall, closingReport, legResult, voicemailReport } from './events.ts';
import { fingerprintOf, verifySignature } from './signature.ts';

export const plivoDialect: CarrierDialect = {
  verify: verifySignature,
  fingerprint: fingerprintOf,
  parse: parseWebhook,
  arriving: arrivingCall,
  leg: legResult,
  closing: closingReport,
  voicemail: voicemailReport,
  pressed: (params) => keys(params, 'Digits'),
  render: (answer, { origin }) => renderDocument(withWholeAddresses(answer, origin)),
};
