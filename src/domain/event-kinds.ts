/** The kinds of events, each with its class, what its key is, how long it is of use and what it says: those of our own, and those that others send by way of us. */
import { Type, type Static, type TSchema } from 'typebox';
import { BRAKES, DIAGNOSES, type BrakeName, type Diagnosis } from './diagnosis.ts';
import { ACTS } from './health-record.ts';
import type { NotificationClass } from './notification.ts';
import { PRIMARY_STATES } from './primary-states.ts';
import { Id, Instant, Strict } from './schema.ts';
import { CallSchema } from './shown-call.ts';

/** Before a kind: the `type` of a CloudEvent, which is to begin with a name of whoever defines it (CloudEvents 1.0, "type"). */
export const EVENT_TYPE_PREFIX = 'com.ringthrough.';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** What was told of a call before, when that was another outcome, or the same and not whose call it was. */
const CallData = Type.Object({ ...CallSchema.properties, previous: Type.Optional(Type.String({ description: 'The outcome that was told of this call before: this takes its place' })) });

const Who = {
  by: Type.Enum(['operator', 'automation']),
  reason: Type.Optional(Type.String({ description: 'Why, in a sentence; not told to a subscriber of a customer' })),
};
const Why = { ...Who, diagnosis: Type.Optional(Type.Enum(Object.keys(DIAGNOSES) as Diagnosis[], { description: 'What automation had found; not told to a subscriber of a customer' })) };
const Turn = Strict({ primary: Id, diversion: Type.String(), at: Instant, ...Why });

/** `told`: to whom an event of a primary goes besides the provider's subscribers. */
interface Kind {
  class: NotificationClass;
  /** What the key is, for people. */
  key: string;
  /** Of no use any more after this, seconds; null: never, or not until a newer one comes. */
  expiresAfter: number | null;
  says: string;
  data: TSchema;
  example: unknown;
}

const CALL = { class: 'history', key: 'the call’s id', data: CallData } as const;
const PRIMARY = { class: 'history', key: 'the primary', expiresAfter: 7 * DAY } as const;

const ACME_CALL = {
  id: 'main:CA1', carrier: 'main', ref: 'CA1', number: '+442079460123', from: '+447700900123', customer: 'acme', primary: 'pbx-1', diversion: '20261122t031502z-9f3c2a',
  route: 'plan', protected: true, startedAt: '2026-11-22T03:20:00.000Z', legs: [{ step: 'd1', to: '+447400123456', end: 'no-answer', cause: 'user' }],
};
const TURN = { primary: 'pbx-1', diversion: '20261122t031502z-9f3c2a', by: 'automation' };

export const EVENT_KINDS = {
  'call.answered': { ...CALL, expiresAfter: 30 * DAY, says: 'a person, or the primary, took the call', example: { ...ACME_CALL, outcome: 'answered', answeredBy: 'd1', legs: [{ step: 'd1', to: '+447400123456', end: 'answered', cause: 'user' }] } },
  'call.missed': { ...CALL, expiresAfter: 3 * DAY, says: 'somebody was rung and nobody answered', example: { ...ACME_CALL, outcome: 'missed' } },
  'call.lost': { ...CALL, expiresAfter: 3 * DAY, says: 'nobody could be rung', example: { ...ACME_CALL, outcome: 'lost', legs: [] } },
  'call.voicemail': { ...CALL, expiresAfter: 30 * DAY, says: 'the caller left a message', example: { ...ACME_CALL, outcome: 'voicemail', previous: 'missed', answeredBy: 'voicemail', voicemail: { recording: 'RE1', seconds: 12 } } },
  'call.returned': { ...CALL, expiresAfter: 3 * DAY, says: 'what was told of this call is void: it was our own diverted call, come back', example: { ...ACME_CALL, outcome: 'returned', previous: 'missed', legs: [] } },

  'diversion.started': { ...PRIMARY, says: 'the primary’s calls go to the backup plans', data: Turn, example: { ...TURN, at: '2026-11-22T03:15:02.000Z', diagnosis: 'primary-unreachable', reason: 'It does not answer, and calls to it fail. Its calls go to the plans.' } },
  'diversion.recovering': { ...PRIMARY, says: 'the primary is on probation: it is given its calls back in steps', data: Turn, example: { ...TURN, at: '2026-11-22T08:10:00.000Z', diagnosis: 'healthy', reason: 'It answers. 5 % of its calls are offered to it first again.' } },
  'diversion.relapsed': { ...PRIMARY, says: 'it failed on probation: its calls go to the plans again', data: Turn, example: { ...TURN, at: '2026-11-22T08:11:00.000Z', diagnosis: 'calls-failing', reason: 'Calls to it fail. Its calls go back to the plans.' } },
  'diversion.ended': { ...PRIMARY, says: 'all its calls are the primary’s own again', data: Turn, example: { ...TURN, by: 'operator', at: '2026-11-22T08:30:00.000Z', reason: 'The PBX is back.' } },
  'diversion.held-back': {
    ...PRIMARY, expiresAfter: DAY, says: 'automation would act and a brake holds it back; with the brake `approval` it asks whether it may. Not told to a subscriber of a customer',
    data: Strict({ primary: Id, diversion: Type.Optional(Type.String()), at: Instant, action: Type.Enum(ACTS), brake: Type.Enum(Object.keys(BRAKES) as BrakeName[]), ...Why }),
    example: { primary: 'pbx-1', at: '2026-11-22T03:15:02.000Z', action: 'divert', brake: 'approval', by: 'automation', diagnosis: 'primary-unreachable', reason: 'It does not answer. Somebody must agree first.' },
  },
  'primary.state': {
    class: 'state', key: 'the primary', expiresAfter: null, says: 'the state that the primary is in',
    data: Strict({ primary: Id, is: Type.Enum(PRIMARY_STATES), since: Instant, share: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Recovering: of its calls, offered to it first' })), diversion: Type.Optional(Type.String()), ...Who }),
    example: { primary: 'pbx-1', is: 'recovering', since: '2026-11-22T08:10:00.000Z', share: 0.05, diversion: '20261122t031502z-9f3c2a', by: 'automation', reason: 'It answers.' },
  },

  'carrier.callback': {
    class: 'history', key: 'the carrier’s record here and its id of the call; the notification’s own id for what is about no call', expiresAfter: 30 * DAY,
    says: 'a carrier’s own callback, passed on as it came; its body is the carrier’s, no envelope around it', data: Type.String({ description: 'The body as the carrier sent it; of a GET its query' }), example: 'CallSid=CA1&RecordingSid=RE1',
  },

  'lamp.state': {
    class: 'state', key: 'the extension', expiresAfter: 60, says: 'a busy lamp: what an extension is doing',
    data: Type.Object({ extension: Type.String(), is: Type.Enum(['idle', 'ringing', 'busy', 'held', 'unreachable']) }), example: { extension: '201', is: 'busy' },
  },
  'message-light.state': {
    class: 'state', key: 'the mailbox', expiresAfter: null, says: 'a message light: how many messages wait', data: Type.Object({ mailbox: Type.String(), new: Type.Integer({ minimum: 0 }), old: Type.Optional(Type.Integer({ minimum: 0 })) }),
    example: { mailbox: '201', new: 2, old: 5 },
  },
  'parking.state': {
    class: 'state', key: 'the parking place', expiresAfter: 600, says: 'who is parked in a place, or that it is free',
    data: Type.Object({ place: Type.String(), is: Type.Enum(['free', 'taken']), from: Type.Optional(Type.String()) }), example: { place: '701', is: 'taken', from: '+447700900123' },
  },
  'billing.record': {
    class: 'history', key: 'the call’s id at the sender', expiresAfter: null, says: 'a call as it is billed',
    data: Type.Object({ id: Type.String(), startedAt: Instant, seconds: Type.Integer({ minimum: 0 }) }), example: { id: 'cdr-1', startedAt: '2026-11-22T03:20:00Z', seconds: 61 },
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type EventKind = keyof typeof EVENT_KINDS;
export type TurnData = Static<typeof Turn>;

export const isEventKind = (kind: string): kind is EventKind => Object.hasOwn(EVENT_KINDS, kind);

/** When something of this kind that happened at `at` is of no use any more, milliseconds since 1970; undefined: never. */
export function expiryOf(kind: EventKind, at: number): number | undefined {
  const { expiresAfter } = EVENT_KINDS[kind];
  return expiresAfter === null ? undefined : at + expiresAfter * 1000;
}
