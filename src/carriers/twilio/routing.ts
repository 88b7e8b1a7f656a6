/** What Twilio's fields of a number, a trunk and an application say, and in which order they are written. */
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting, Target } from '../routing.ts';
import { ORIGINATION, OURS } from './requests.ts';
import { CALL } from './wiring.ts';

const OUR_URL = `${ORIGINATION}${OURS}.sipUrl`;
const OUR_SWITCH = `${ORIGINATION}${OURS}.enabled`;

const isTrunk = (routing: Routing): boolean => 'disasterRecoveryUrl' in routing;
const isNumber = (routing: Routing): boolean => 'trunkSid' in routing;

/** Twilio would wait for 15 seconds, and a trunk asks no other address. */
const bounded = (url: string): string => (url.includes('#') ? url : url + CALL);

/** The switches of all origination URLs but ours, those alone that are on. */
function switchedOff(original: Routing): Routing {
  const others = Object.entries(original).filter(([field, value]) => field.startsWith(ORIGINATION) && field.endsWith('.enabled') && field !== OUR_SWITCH && value === 'true');
  return Object.fromEntries(others.map(([field]) => [field, 'false']));
}

/** The same fields for every target, so that a trunk that is led from one to another keeps nothing of the first. */
function trunkTo(original: Routing, target: Target): Routing {
  const { disasterRecoveryUrl = '', disasterRecoveryMethod = '' } = original;
  const off = switchedOff(original);
  if (target.kind === 'sip') return { disasterRecoveryUrl, disasterRecoveryMethod, [OUR_URL]: target.uri, [OUR_SWITCH]: 'true', ...off };
  // The recovery is asked when no origination URL takes the call, and then none is left.
  return target.kind === 'web' ? { disasterRecoveryUrl: bounded(target.url), disasterRecoveryMethod: 'GET', [OUR_URL]: '', [OUR_SWITCH]: '', ...off } : {};
}

/**
 * What a number or an application is led to. A trunk and an application delete each other when they are set (Twilio's own rule), so the
 * one that is wanted is set first and by itself, and the addresses, which it overrides, after it; and a fallback goes with its
 * address, which it is checked against (21405).
 */
function addressWrites(fields: Record<string, string>, actual: Routing): Routing[] {
  const { trunkSid = '', voiceApplicationSid = '', ...rest } = fields;
  const connection: Routing = trunkSid !== '' ? { trunkSid } : voiceApplicationSid !== '' ? { voiceApplicationSid } : {};
  const cleared = Object.keys(connection).length > 0 ? {} : Object.fromEntries(['trunkSid', 'voiceApplicationSid'].filter((field) => field in fields).map((field) => [field, '']));
  const url = rest['voiceFallbackUrl'] !== undefined && rest['voiceUrl'] === undefined ? { voiceUrl: actual['voiceUrl'] ?? '' } : {};
  return [connection, { ...cleared, ...url, ...rest }].filter((write) => Object.keys(write).length > 0);
}

/** A request each; what takes calls goes before what no longer does, so that there is always somewhere for them to go. */
function trunkWrites(fields: Record<string, string>): Routing[] {
  const resourceOf = (field: string): string => (field.startsWith(ORIGINATION) ? field.split('.')[1] ?? '' : '');
  const resources = [...new Set(Object.keys(fields).map(resourceOf))];
  const writes = resources.map((resource): Routing => Object.fromEntries(Object.entries(fields).filter(([field]) => resourceOf(field) === resource)));
  const off = (write: Routing): boolean => Object.entries(write).some(([field, value]) => (field.endsWith('.enabled') && value !== 'true') || (field === OUR_URL && value === ''));
  return writes.toSorted((one, other) => Number(off(one)) - Number(off(other)));
}

export const twilioRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['web'],
    group: { word: 'trunk or application', targets: ['web', 'sip'], safetyNet: ['web'] },
    safetyNet: ['web'],
    safetyNetCatches: 'Of a number or an application: only when our own address does not answer, or not with a document, never when the PBX is busy or silent. Of a trunk: when no origination URL takes the call.',
    most: 1,
  },
  takes: (target, group) => (target.kind === 'sip' ? group?.startsWith('TK') === true && /^sip:[^\s?]{1,251}$/.test(target.uri) : target.kind === 'web'),
  // What is posted to is wired, not diverted.
  leadsTo: ({ trunkSid, voiceApplicationSid, voiceUrl, voiceMethod }) => (trunkSid || voiceApplicationSid || !voiceUrl || voiceMethod?.toUpperCase() !== 'GET' ? undefined : { kind: 'web', to: voiceUrl }),
  asks: ({ trunkSid, voiceApplicationSid, voiceUrl }) => (trunkSid || voiceApplicationSid ? undefined : voiceUrl || undefined),
  groupOf: (routing) => routing['trunkSid'] || routing['voiceApplicationSid'] || undefined,
  divertedTo(_unit, original, [target]) {
    if (isTrunk(original)) return trunkTo(original, target);
    if (target.kind !== 'web') return {};
    // A trunk or an application would override the addresses.
    return { ...(isNumber(original) ? { trunkSid: '', voiceApplicationSid: '' } : {}), voiceUrl: target.url, voiceMethod: 'GET' };
  },
  armed(_unit, original, target) {
    if (isTrunk(original)) return target?.kind === 'web' ? { disasterRecoveryUrl: bounded(target.url), disasterRecoveryMethod: 'GET' } : { disasterRecoveryUrl: '' };
    // Without an address there is nothing to fall back from, and Twilio refuses it (21405).
    if (original['voiceUrl'] === '') return {};
    return target?.kind === 'web' ? { voiceFallbackUrl: target.url, voiceFallbackMethod: 'GET' } : { voiceFallbackUrl: '' };
  },
  writes(actual, wanted) {
    const fields = Object.fromEntries(routingChanges(actual, wanted).map(({ field, to }) => [field, to]));
    return isTrunk(actual) ? trunkWrites(fields) : addressWrites(fields, actual);
  },
};
