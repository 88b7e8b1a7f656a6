/** The names under which a Vonage number's and an application's settings are kept: those of its APIs, those of objects within joined with a dot. */
import type { Routing } from '../api.ts';

export const APP = 'app_id';
export const TYPE = 'voiceCallbackType';
export const VALUE = 'voiceCallbackValue';
/** Where its messages go. */
export const SMS = 'moHttpUrl';
/** All of a number that can be read back. Each write sends all of them: whether Vonage clears what is left out is not said. */
export const NUMBER_FIELDS = [TYPE, VALUE, APP, SMS, 'messagesCallbackType', 'messagesCallbackValue'] as const;
/** Of an application's capability `voice`. */
export const APPLICATION_FIELDS = [
  'answer_url.address', 'answer_url.http_method', 'answer_url.connection_timeout', 'answer_url.socket_timeout', 'fallback_answer_url.address', 'fallback_answer_url.http_method',
  'event_url.address', 'event_url.http_method', 'signed_callbacks',
] as const;
/** Of the application that has a number's calls: read only, for it is shared. What is wanted of it chooses the application. */
export const OF_APPLICATION = 'application.';
/** Before the id of an application where it is a ref. */
export const APPLICATION_REF = 'applications/';
export const NUMBER_APPLICATION_FIELDS = APPLICATION_FIELDS.map((field) => OF_APPLICATION + field);

/** "If set, sip or tel are prioritized over the Voice capability in your Application" (definitions/numbers.yml). */
export function isForwarded(routing: Routing): boolean {
  return ['sip', 'tel'].includes(routing[TYPE] ?? '') && (routing[VALUE] ?? '') !== '';
}

/** The application that has the number's calls; empty when none has. */
export function applicationOf(routing: Routing): string {
  if (isForwarded(routing)) return '';
  return routing[APP] || (routing[TYPE] === 'app' ? (routing[VALUE] ?? '') : '');
}

/** Those of `names` that `fields` has. */
export function picked(fields: Routing, names: readonly string[]): Routing {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
