/** Bandwidth's dialect of per-call webhooks: events in JSON with Basic credentials, answered in BXML. */
import type { CarrierDialect } from '../dialect.ts';
import { parseJsonWebhook } from '../json-params.ts';
import { renderBxml } from './bxml.ts';
import { eventFingerprint, verifyCredentials } from './credentials.ts';
import { arrivingCall, closingReport, legResult, placedReport, pressedKeys, voicemailReport } from './events.ts';

export const bandwidthDialect: CarrierDialect = {
  verify: verifyCredentials,
  fingerprint: eventFingerprint,
  parse: parseJsonWebhook,
  arriving: arrivingCall,
  leg: legResult,
  closing: closingReport,
  placed: placedReport,
  voicemail: voicemailReport,
  pressed: pressedKeys,
  render: renderBxml,
};
