/** What Twilio's fields of a number, a trunk and an application say, and in which order they are written. */
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting } from '../routing.ts';

export const twilioRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['web'],
    group: undefined,
    safetyNet: ['web'],
    safetyNetCatches: 'Only when our own address does not answer, or not with a document: never when the PBX is busy or silent.',
    most: 1,
  },
  groupOf: (routing) => routing['trunkSid'] || routing['voiceApplicationSid'] || undefined,
  divertedTo(_unit, _original, [target]) {
    // A trunk or an application would override the addresses.
    return target.kind === 'web' ? { trunkSid: '', voiceApplicationSid: '', voiceUrl: target.url, voiceMethod: 'GET' } : {};
  },
  armed(_unit, original, target) {
    // No fallback address without an address (21405); what a trunk or an application serves asks theirs.
    if ((original['voiceUrl'] ?? '') === '') return {};
    return target?.kind === 'web' ? { voiceFallbackUrl: target.url, voiceFallbackMethod: 'GET' } : { voiceFallbackUrl: '' };
  },
  writes(actual, wanted) {
    const fields: Routing = Object.fromEntries(routingChanges(actual, wanted).map(({ field, to }) => [field, to]));
    return Object.keys(fields).length === 0 ? [] : [fields];
  },
};
