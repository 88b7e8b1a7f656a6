/** What Vonage's settings of a number and of an application say. */
import { routingChanges, type Routing } from '../api.ts';
import { documentMethod } from '../document-method.ts';
import type { CarrierRouting } from '../routing.ts';
import { APP, APPLICATION_FIELDS, APPLICATION_REF, applicationOf, isForwarded, NUMBER_APPLICATION_FIELDS, NUMBER_FIELDS, OF_APPLICATION, picked, TYPE, VALUE } from './fields.ts';

const FALLBACK = 'fallback_answer_url.address';

export const vonageRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['phone', 'sip'],
    group: { word: 'application', targets: ['web'], safetyNet: ['web'] },
    safetyNet: [],
    safetyNetCatches: 'Of an application alone, and only when our own address does not answer, or not with a document: never when the PBX is busy or silent.',
    most: 1,
  },
  // Headers in the address are no part of what Vonage's pages show.
  takes: (target) => target.kind !== 'sip' || !target.uri.includes('?'),
  follows: NUMBER_APPLICATION_FIELDS,
  leadsTo: (routing) => (!isForwarded(routing) ? undefined : routing[TYPE] === 'tel' ? { kind: 'phone', to: `+${routing[VALUE]}` } : { kind: 'sip', to: routing[VALUE] ?? '' }),
  asks: (routing) => (isForwarded(routing) ? undefined : (routing['answer_url.address'] ?? routing[`${OF_APPLICATION}answer_url.address`]) || undefined),
  groupOf: (routing) => (applicationOf(routing) === '' ? undefined : APPLICATION_REF + applicationOf(routing)),
  divertedTo(unit, _original, [target]) {
    if (unit === 'group') return target.kind === 'web' ? { 'answer_url.address': target.url, 'answer_url.http_method': documentMethod(target.url) } : {};
    if (target.kind === 'web') return {};
    return target.kind === 'phone' ? { [TYPE]: 'tel', [VALUE]: target.number.replace('+', '') } : { [TYPE]: 'sip', [VALUE]: target.uri };
  },
  armed(unit, original, target) {
    // A number has no safety net of its own, and stays as it is.
    if (unit === 'number') return picked(original, [TYPE, VALUE]);
    return target?.kind === 'web' ? { [FALLBACK]: target.url, 'fallback_answer_url.http_method': documentMethod(target.url) } : { [FALLBACK]: '' };
  },
  writes(actual, wanted) {
    const changed = routingChanges(actual, wanted).map(({ field }) => field);
    const differs = (names: readonly string[]): boolean => names.some((name) => changed.includes(name));
    const group = picked(wanted, APPLICATION_FIELDS.filter((field) => changed.includes(field)));
    const number: Routing = differs(NUMBER_FIELDS) ? { ...picked(actual, NUMBER_FIELDS), ...picked(wanted, NUMBER_FIELDS) } : {};
    // The settings of the application follow from which one it is.
    const chosen: Routing = wanted[APP] === undefined && differs(NUMBER_APPLICATION_FIELDS) ? { ...picked(actual, NUMBER_APPLICATION_FIELDS), ...picked(wanted, NUMBER_APPLICATION_FIELDS) } : {};
    const { [APP]: _shared, ...others } = number;
    const whole = Object.keys(chosen).length > 0 ? { ...others, ...chosen } : number;
    return [group, whole].filter((fields) => Object.keys(fields).length > 0);
  },
};
