/** A primary: the PBX or carrier that normally takes the calls, and the state it is in. */
import { Type, type Static } from 'typebox';
import { ProbeSchema } from './probe.ts';
import { Strict, Text } from './schema.ts';

/** Rings this long before it counts as not answered, seconds: longer than a PBX's own voicemail takes. */
export const DEFAULT_PRIMARY_RING_SECONDS = 60;

export const PrimarySchema = Strict({
  kind: Type.Enum(['pbx', 'carrier']),
  name: Type.Optional(Text(200, 'Shown to people')),
  target: Type.String({ pattern: '^sips?:[^\\s<>"]+$', maxLength: 255, description: 'SIP URI that takes the calls; `{number}` stands for the called number', examples: ['sip:{number}@pbx.example.net'] }),
  ringSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 300, description: 'How long it may ring, seconds; default 60' })),
  probes: Type.Optional(Type.Array(ProbeSchema, { maxItems: 8, description: 'What every process asks to see whether it lives; none when left out' })),
}, { $id: 'Primary', description: 'The PBX or carrier that normally takes the calls' });

export type Primary = Static<typeof PrimarySchema>;

export const PRIMARY_STATES = ['up', 'degraded', 'down', 'recovering'] as const;

const Who = Strict({ key: Type.String(), role: Type.String() });

/** The state of a primary, stored apart from its settings so that editing one never touches the other. */
export const PrimaryStateSchema = Strict({
  is: Type.Enum(['up', 'degraded', 'down', 'recovering']),
  since: Type.Integer({ description: 'Milliseconds since 1970' }),
  /** An operator's word, which beats all evidence. */
  override: Type.Optional(Strict({ says: Type.Enum(['divert', 'restore']), by: Who, reason: Type.String(), at: Type.Integer() })),
  diversion: Type.Optional(Type.String()),
});

export type PrimaryState = Static<typeof PrimaryStateSchema>;

/** A primary that nobody has said anything about takes its calls. */
export const INITIAL_STATE: PrimaryState = { is: 'up', since: 0 };

/** True while calls must not be offered to the primary first. */
export function isDiverted(state: PrimaryState): boolean {
  return state.is === 'down';
}

/** The primary's SIP address for one called number (E.164 without change). */
export function primaryTarget(primary: Primary, number: string): string {
  return primary.target.replaceAll('{number}', number);
}
