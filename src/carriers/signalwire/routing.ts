/** What SignalWire's fields of a number and an application say, and in which order they are written. */
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting } from '../routing.ts';
import { APPLICATION, APPLICATION_REF, HANDLED_BY, HANDLER, isHandledElsewhere } from './fields.ts';

const isNumber = (routing: Routing): boolean => HANDLER in routing;

export const signalwireRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['web'],
    group: { word: 'application', targets: ['web'], safetyNet: ['web'] },
    safetyNet: ['web'],
    safetyNetCatches: 'Only when our own address does not answer within 5 seconds, or not with a document: never when the PBX is busy or silent.',
    most: 1,
  },
  takes: (target) => target.kind === 'web',
  // What is posted to is wired, not diverted.
  leadsTo: (routing) => (routing[APPLICATION] || isHandledElsewhere(routing) || !routing['voiceUrl'] || routing['voiceMethod']?.toUpperCase() !== 'GET' ? undefined : { kind: 'web', to: routing['voiceUrl'] }),
  asks: (routing) => (routing[APPLICATION] || isHandledElsewhere(routing) ? undefined : routing['voiceUrl'] || undefined),
  groupOf: (routing) => ((routing[APPLICATION] ?? '') === '' ? undefined : APPLICATION_REF + (routing[APPLICATION] ?? '')),
  divertedTo(_unit, original, [target]) {
    if (target.kind !== 'web') return {};
    // An application or another handler would have the calls in spite of the address.
    return { ...(isNumber(original) ? { [APPLICATION]: '', [HANDLER]: '', [HANDLED_BY]: '' } : {}), voiceUrl: target.url, voiceMethod: 'GET' };
  },
  armed(_unit, original, target) {
    // Without an address there is nothing to fall back from.
    if (original['voiceUrl'] === '') return {};
    return target?.kind === 'web' ? { voiceFallbackUrl: target.url, voiceFallbackMethod: 'GET' } : { voiceFallbackUrl: '' };
  },
  writes(actual, wanted) {
    const { [HANDLER]: handler, [HANDLED_BY]: handledBy, ...addresses } = Object.fromEntries(routingChanges(actual, wanted).map(({ field, to }) => [field, to]));
    const other = handler === undefined && handledBy === undefined ? {} : { [HANDLER]: wanted[HANDLER] ?? actual[HANDLER] ?? '', [HANDLED_BY]: wanted[HANDLED_BY] ?? actual[HANDLED_BY] ?? '' };
    // The handler last: to set an address may make it the handler.
    return [addresses, other].filter((fields) => Object.keys(fields).length > 0);
  },
};
