/** A primary: the PBX or carrier that normally takes the calls, and the state it is in. */
import { Type, type Static } from 'typebox';
import { ACTS, HealthRecordSchema } from './health-record.ts';
import { APPROVAL_MODES } from './health-policy.ts';
import { PRIMARY_STATES } from './primary-states.ts';
import { ProbeSchema } from './probe.ts';
import { Id, Strict, Text } from './schema.ts';

/** Rings this long before it counts as not answered, seconds: longer than a PBX's own voicemail takes. */
export const DEFAULT_PRIMARY_RING_SECONDS = 60;

export const PrimarySchema = Strict({
  kind: Type.Enum(['pbx', 'carrier']),
  name: Type.Optional(Text(200, 'Shown to people')),
  target: Type.String({ pattern: '^sips?:[^\\s<>"]+$', maxLength: 255, description: 'SIP URI that takes the calls; `{number}` stands for the called number', examples: ['sip:{number}@pbx.example.net'] }),
  ringSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 300, description: 'How long it may ring, seconds; default 60' })),
  probes: Type.Optional(Type.Array(ProbeSchema, { maxItems: 8, description: 'What every process asks to see whether it lives; none when left out' })),
  mode: Type.Optional(Type.Enum(APPROVAL_MODES, { description: '`auto`: diverted and restored by evidence; `confirm`: when somebody has agreed; `manual`: by hand only. Default: as the policy says' })),
  dependsOn: Type.Optional(Type.Array(Id, { maxItems: 20, uniqueItems: true, description: 'What it cannot be without: other primaries, or any name that several share (a data centre, a link)' })),
}, { $id: 'Primary', description: 'The PBX or carrier that normally takes the calls' });

export type Primary = Static<typeof PrimarySchema>;

const Said = { by: Strict({ key: Type.String(), role: Type.String() }), reason: Type.String(), at: Type.Integer() };

/** The state of a primary, stored apart from its settings so that editing one never touches the other. */
export const PrimaryStateSchema = Strict({
  is: Type.Enum(PRIMARY_STATES),
  since: Type.Integer({ description: 'Milliseconds since 1970' }),
  /** An operator's word, which beats all evidence. */
  override: Type.Optional(Strict({ says: Type.Enum(['divert', 'restore']), how: Type.Optional(Type.Enum(['steps', 'now'])), ...Said })),
  diversion: Type.Optional(Type.String()),
  /** Recovering: the share of its calls that are offered to it first, 0 to 1. */
  share: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** It is to stay as it is, whatever the evidence. */
  hold: Type.Optional(Strict({ until: Type.Optional(Type.Integer()), ...Said })),
  /** The answer to what automation asked. */
  answer: Type.Optional(Strict({ action: Type.Enum(ACTS), says: Type.Enum(['approve', 'refuse']), ...Said })),
  /** What the judgement of its health keeps from one look to the next. */
  health: Type.Optional(HealthRecordSchema),
});

export type PrimaryState = Static<typeof PrimaryStateSchema>;

/** A state as the audit trail has it: what the judgement keeps for itself changes without an entry. */
export function shownState({ health: _health, ...state }: PrimaryState): Omit<PrimaryState, 'health'> {
  return state;
}

/** A primary that nobody has said anything about takes its calls. */
export const INITIAL_STATE: PrimaryState = { is: 'up', since: 0 };

/** True while calls must not be offered to the primary first. */
export function isDiverted({ is }: Pick<PrimaryState, 'is'>): boolean {
  return is === 'down';
}

/** True while numbers whose carrier must be told are, or stay, diverted there. A blip moves none of them; on probation they wait for its end. */
export function isDivertedAtCarriers({ is, health }: PrimaryState): boolean {
  return (is === 'down' || is === 'recovering') && health?.atCarriers !== false;
}

/** The primary's SIP address for one called number (E.164 without change). */
export function primaryTarget(primary: Primary, number: string): string {
  return primary.target.replaceAll('{number}', number);
}
