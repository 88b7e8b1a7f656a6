/** What is owed as an event that can be told: its data as text, once for the provider's subscribers and once for those of a customer. Pure. */
import type { Call } from '../domain/call.ts';
import { expiryOf, EVENT_KINDS, type EventKind } from '../domain/event-kinds.ts';
import type { Notification } from '../domain/notification.ts';
import type { Owed, OwedCall, OwedEvent } from '../domain/owed.ts';
import { shownCall } from '../domain/shown-call.ts';
import { redisJson } from '../store/redis-json.ts';

export interface TellableEvent {
  kind: EventKind;
  /** Of a call: whose it is; undefined when nobody knows. */
  customer?: string;
  primary?: string;
  /** Of a primary, and so of all customers that have numbers there; null: of none of them, but the provider's own. */
  customers?: 'of-primary' | null;
  notification: Omit<Notification, 'id'>;
  /** Its data without what is for the provider alone. */
  customerData: string;
}

/** A key is at most so long; it is cut where a carrier's own id is longer than any that is known. */
const KEY_LENGTH = 200;

function envelope(kind: EventKind, key: string, at: number, data: string): Omit<Notification, 'id'> {
  const expiresAt = expiryOf(kind, at);
  return { kind, key: key.slice(0, KEY_LENGTH), class: EVENT_KINDS[kind].class, at, data, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** When it has come to something else since, what goes with that is told with that. */
function ofCall({ is, was, at }: OwedCall, call: Call): TellableEvent {
  const { answeredBy, voicemail, ...shown } = shownCall(call);
  const ending = call.outcome === is ? { ...(answeredBy === undefined ? {} : { answeredBy }), ...(voicemail === undefined ? {} : { voicemail }) } : {};
  const data = redisJson({ ...shown, ...ending, outcome: is, ...(was === undefined ? {} : { previous: was }) });
  const kind = `call.${is}` as EventKind;
  const { customer, primary } = call;
  return { kind, ...(customer === undefined ? {} : { customer }), ...(primary === undefined ? {} : { primary }), notification: envelope(kind, call.id, at, data), customerData: data };
}

function ofPrimary({ event, primary, at, data }: OwedEvent): TellableEvent {
  const { reason: _, diagnosis: __, ...open } = data;
  return { kind: event, primary, customers: event === 'diversion.held-back' ? null : 'of-primary', notification: envelope(event, primary, at, redisJson(data)), customerData: redisJson(open) };
}

/** Undefined when it is about a call that is not there any more. */
export function eventOf(owed: Owed, call: Call | undefined): TellableEvent | undefined {
  if ('event' in owed) return ofPrimary(owed);
  return call && ofCall(owed, call);
}
