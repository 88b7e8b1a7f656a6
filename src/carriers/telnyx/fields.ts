/** The names under which a Telnyx number's and a TeXML application's settings are kept: those of its API, those of objects within joined with a dot. */
import type { Routing } from '../api.ts';

/** The id of a connection or an application; where it is an application that we made for a diversion, `to:` and the address that it asks. */
export const CONNECTION = 'connection_id';
export const TO = 'to:';
/** What sort of thing that is: `texml_application`, or empty for any other. It follows from the connection, which alone is written. */
export const RECORD_TYPE = 'connection.record_type';
export const TEXML_APPLICATION = 'texml_application';
export const FORWARDING_FIELDS = ['call_forwarding.call_forwarding_enabled', 'call_forwarding.forwarding_type', 'call_forwarding.forwards_to'] as const;
export const APPLICATION_FIELDS = ['voice_url', 'voice_method', 'voice_fallback_url', 'status_callback', 'status_callback_method'] as const;
/** Of the TeXML application that a number's `connection_id` names: read only, for it is shared. What is wanted of it chooses the application. */
export const OF_APPLICATION = 'texml_application.';
/** Before the id of an application where it is a ref: ids of numbers look the same. */
export const APPLICATION_REF = 'texml_applications/';

export const [ENABLED, TYPE, FORWARDS_TO] = FORWARDING_FIELDS;
export const NUMBER_APPLICATION_FIELDS = APPLICATION_FIELDS.map((field) => OF_APPLICATION + field);

/** A number whose calls a TeXML application has. */
export function onApplication(routing: Routing): boolean {
  return routing[RECORD_TYPE] === TEXML_APPLICATION;
}

/** Calls are forwarded, in some case at least: "Inbound calls will not be forwarded if this field is left blank." */
export function isForwarding(routing: Routing): boolean {
  return routing[ENABLED] === 'true' && (routing[FORWARDS_TO] ?? '') !== '';
}

/** Those of `names` that `fields` has. */
export function picked(fields: Routing, names: readonly string[]): Routing {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
