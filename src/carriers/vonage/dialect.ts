/** Vonage's dialect of per-call webhooks: JSON events proved by a JWT, answered with NCCO. */
import type { CarrierDialect } from '../dialect.ts';
import { parseJsonWebhook } from '../json-params.ts';
import { arrivingCall, closingReport, legGoesOn, legResult, placedReport, pressedKeys, voicemailReport } from './events.ts';
import { renderNcco } from './ncco.ts';
import { signatureOf, verifySignature } from './signature.ts';

export const vonageDialect: CarrierDialect = {
  verify: verifySignature,
  fingerprint: signatureOf,
  parse: parseJsonWebhook,
  arriving: arrivingCall,
  legGoesOn,
  leg: legResult,
  closing: closingReport,
  placed: placedReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render: renderNcco,
};
