/** What Telnyx' settings of a number and of a TeXML application say, and in which order they are written. */
import { routingChanges, type Routing } from '../api.ts';
import { documentMethod } from '../document-method.ts';
import type { CarrierRouting, Target } from '../routing.ts';
import { APPLICATION_FIELDS, APPLICATION_REF, CONNECTION, ENABLED, FORWARDING_FIELDS, FORWARDS_TO, isForwarding, NUMBER_APPLICATION_FIELDS, OF_APPLICATION, onApplication, picked, RECORD_TYPE, TEXML_APPLICATION, TO, TYPE } from './fields.ts';

function forwardedTo(type: 'always' | 'on-failure', number: string): Routing {
  return { [ENABLED]: 'true', [TYPE]: type, [FORWARDS_TO]: number };
}

/** Of a number on an application: one of ours that asks the address. */
function ledTo(url: string): Routing {
  return { [CONNECTION]: TO + url, [RECORD_TYPE]: TEXML_APPLICATION };
}

const isLed = ({ [CONNECTION]: connection = '' }: Routing): boolean => connection.startsWith(TO);

/** What forwards always leaves nothing to fail, and an application cannot have forwarding at all: its own fallback is its safety net. Both stay as they are. */
function armedNumber(original: Routing, target: Target | undefined): Routing {
  if (onApplication(original) || (isForwarding(original) && original[TYPE] === 'always')) return picked(original, FORWARDING_FIELDS);
  return target?.kind === 'phone' ? forwardedTo('on-failure', target.number) : { [ENABLED]: 'false' };
}

export const telnyxRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['phone', 'web'],
    group: { word: 'TeXML application', targets: ['web'], safetyNet: ['web'] },
    safetyNet: ['phone'],
    safetyNetCatches: 'On a SIP connection: when the PBX is not reachable or not registered, never when it is busy or rings without end. On a TeXML application: only when our own address does not answer.',
    most: 1,
  },
  follows: NUMBER_APPLICATION_FIELDS,
  // "Call forwarding cannot be enabled on numbers that are assigned to voice or fax applications" (https://support.telnyx.com/en/articles/1130657-call-forwarding).
  ways: (routing) => (onApplication(routing) ? { number: ['web'], safetyNet: [] } : { number: ['phone'], safetyNet: ['phone'] }),
  leadsTo: (routing) => (isLed(routing) ? { kind: 'web', to: (routing[CONNECTION] ?? '').slice(TO.length) } : isForwarding(routing) && routing[TYPE] !== 'on-failure' ? { kind: 'phone', to: routing[FORWARDS_TO] ?? '' } : undefined),
  asks: (routing) => (routing['voice_url'] ?? routing[`${OF_APPLICATION}voice_url`]) || undefined,
  groupOf: (routing) => (onApplication(routing) && !isLed(routing) ? APPLICATION_REF + (routing[CONNECTION] ?? '') : undefined),
  divertedTo(unit, _original, [target]) {
    if (unit === 'group') return target.kind === 'web' ? { voice_url: target.url, voice_method: documentMethod(target.url).toLowerCase() } : {};
    if (target.kind === 'web') return ledTo(target.url);
    return target.kind === 'phone' ? forwardedTo('always', target.number) : {};
  },
  armed(unit, original, target) {
    if (unit === 'group') return { voice_fallback_url: target?.kind === 'web' ? target.url : '' };
    return armedNumber(original, target);
  },
  writes(actual, wanted) {
    const changed = new Set(routingChanges(actual, wanted).map(({ field }) => field));
    const differs = (names: readonly string[]): boolean => names.some((name) => changed.has(name));
    const application = picked(wanted, APPLICATION_FIELDS.filter((field) => changed.has(field)));
    // The settings of the application follow from which one it is.
    const connection = wanted[CONNECTION] === undefined
      ? (differs(NUMBER_APPLICATION_FIELDS) ? { ...picked(actual, NUMBER_APPLICATION_FIELDS), ...picked(wanted, NUMBER_APPLICATION_FIELDS) } : {})
      : (changed.has(CONNECTION) ? { [CONNECTION]: wanted[CONNECTION] } : {});
    // Always whole: Telnyx takes what is left out for its default, which is on.
    const forwarding = differs(FORWARDING_FIELDS) ? { ...picked(actual, FORWARDING_FIELDS), ...picked(wanted, FORWARDING_FIELDS) } : {};
    // Forwarding stands only on SIP connections: it goes before the number leaves one, and comes after it has one.
    const inOrder = isForwarding(forwarding) ? [application, connection, forwarding] : [application, forwarding, connection];
    return inOrder.filter((fields) => Object.keys(fields).length > 0);
  },
};
