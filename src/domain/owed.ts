/**
 * What is owed to subscribers. It is put down in the same step as the change that it tells of (src/store/commands/commit-7.lua,
 * record-claims-4.lua), so that neither is there without the other, and made into notifications by src/backlog/feeder.ts.
 */
import { OUTCOMES, type Outcome } from './call.ts';
import { isEventKind, type EventKind } from './event-kinds.ts';
import { member, parseJson, textAt } from './json.ts';

/** What a call has come to. The rest of it is read from the call itself. */
export interface OwedCall {
  call: string;
  is: Outcome;
  /** What was told of it before; the same again when it has become known only now whose call it was. */
  was?: Outcome;
  /** When it happened, milliseconds since 1970. */
  at: number;
}

/** Something that happened to a primary. */
export interface OwedEvent {
  event: EventKind;
  primary: string;
  at: number;
  /** As the catalogue has it. */
  data: Readonly<Record<string, unknown>>;
}

export type Owed = OwedCall | OwedEvent;

const outcomeAt = (value: unknown, name: string): Outcome | undefined => OUTCOMES.find((outcome) => outcome === member(value, name));

/** Undefined for what cannot be read. */
export function readOwed(text: string): Owed | undefined {
  const value = parseJson(text);
  const at = member(value, 'at');
  if (typeof at !== 'number') return undefined;
  const [call, event, primary, data] = [textAt(value, 'call'), textAt(value, 'event'), textAt(value, 'primary'), member(value, 'data')];
  const [is, was] = [outcomeAt(value, 'is'), outcomeAt(value, 'was')];
  if (call !== undefined && is !== undefined) return { call, is, ...(was === undefined ? {} : { was }), at };
  const isWhole = event !== undefined && isEventKind(event) && primary !== undefined && typeof data === 'object' && data !== null;
  return isWhole ? { event, primary, at, data: data as OwedEvent['data'] } : undefined;
}
