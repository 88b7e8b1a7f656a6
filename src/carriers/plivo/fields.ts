/** The names under which the settings of a Plivo number and application are kept: those of its API, those of the number's application behind its name and a dot. */
import type { Routing } from '../api.ts';

export const APPLICATION_FIELDS = ['answer_url', 'answer_method', 'fallback_answer_url', 'fallback_method', 'hangup_url', 'hangup_method'] as const;

/**
 * All that a number has: which application its calls go to. Empty for none, its id, or, where it is one that we made for a diversion,
 * `to:` and the address that it asks.
 */
export const APPLICATION = 'app_id';
export const TO = 'to:';

/** Of that application: read only, for it is shared. What is wanted of it chooses the application. */
export const OF_APPLICATION = 'application.';
export const NUMBER_APPLICATION_FIELDS = APPLICATION_FIELDS.map((field) => OF_APPLICATION + field);

/** Before the id of an application where it is a ref: ids of numbers look the same. */
export const APPLICATION_REF = 'applications/';

export const ID = /^[0-9]{1,24}$/;

/** Those of `names` that `fields` has, without what stands before them. */
export function named(fields: Routing, names: readonly string[], before = ''): Routing {
  return Object.fromEntries(names.flatMap((name) => (fields[before + name] === undefined ? [] : [[name, fields[before + name] ?? '']])));
}
