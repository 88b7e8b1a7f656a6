/** What Plivo's settings of a number and of an application say. */
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting } from '../routing.ts';
import { APPLICATION, APPLICATION_FIELDS, APPLICATION_REF, named, NUMBER_APPLICATION_FIELDS, OF_APPLICATION, TO } from './fields.ts';

export const plivoRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['web'],
    group: { word: 'application', targets: ['web'], safetyNet: ['web'] },
    safetyNet: [],
    safetyNetCatches: 'Of an application alone, and only when our own address does not answer, or not with a document: never when the PBX is busy or silent.',
    most: 1,
  },
  takes: (target) => target.kind === 'web',
  follows: NUMBER_APPLICATION_FIELDS,
  leadsTo: ({ [APPLICATION]: application = '' }) => (application.startsWith(TO) ? { kind: 'web', to: application.slice(TO.length) } : undefined),
  asks: (routing) => (routing['answer_url'] ?? routing[`${OF_APPLICATION}answer_url`]) || undefined,
  groupOf(routing) {
    const id = routing[APPLICATION] ?? '';
    return id === '' || id.startsWith(TO) ? undefined : APPLICATION_REF + id;
  },
  divertedTo(unit, _original, [target]) {
    if (target.kind !== 'web') return {};
    return unit === 'group' ? { answer_url: target.url, answer_method: 'GET' } : { [APPLICATION]: TO + target.url };
  },
  armed(unit, original, target) {
    // A number has no safety net of its own, and stays as it is.
    if (unit === 'number') return named(original, [APPLICATION]);
    return target?.kind === 'web' ? { fallback_answer_url: target.url, fallback_method: 'GET' } : { fallback_answer_url: '' };
  },
  writes(actual, wanted) {
    const changed = routingChanges(actual, wanted).map(({ field }) => field);
    const differs = (names: readonly string[]): boolean => names.some((name) => changed.includes(name));
    const group = named(wanted, APPLICATION_FIELDS.filter((field) => changed.includes(field)));
    // The settings of the application follow from which one it is.
    const chosen: Routing = wanted[APPLICATION] === undefined && differs(NUMBER_APPLICATION_FIELDS) ? { ...named(actual, NUMBER_APPLICATION_FIELDS), ...named(wanted, NUMBER_APPLICATION_FIELDS) } : {};
    const number: Routing = changed.includes(APPLICATION) ? named(wanted, [APPLICATION]) : chosen;
    return [group, number].filter((fields) => Object.keys(fields).length > 0);
  },
};
