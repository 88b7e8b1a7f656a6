/** A backup plan: an ordered list of destinations, and the laws that hold for it. */
import { Type, type Static } from 'typebox';
import { Id, Strict, Text, TimeZone } from './schema.ts';

/** Ring time when a destination names none: below the 20 to 30 s after which a mobile's own voicemail answers. */
export const DEFAULT_RING_SECONDS = 20;
/** Longest recording that a voicemail destination takes, seconds. */
export const VOICEMAIL_MAX_SECONDS = 180;

export const DestinationSchema = Strict({
  to: Type.String({ minLength: 1, maxLength: 255, description: 'E.164 number, SIP URI, `voicemail` or `announcement`', examples: ['+447400123456', 'sip:desk@backup.example.net', 'voicemail'] }),
  ringSeconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 120, description: 'How long it rings, seconds; default 20' })),
  screen: Type.Optional(Type.Boolean({ description: 'Who answers must press 1 to take the call, so that a private voicemail cannot swallow it' })),
  maxCalls: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Calls it can take at the same time; skipped while full' })),
  hours: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'When it may be tried, e.g. `Mo-Fr 09:00-17:30; Sa 10:00-14:00; Dec 25 off`; default always' })),
  say: Type.Optional(Text(1000, 'What a voicemail or an announcement says')),
}, { $id: 'Destination' });

export type Destination = Static<typeof DestinationSchema>;

export const PlanSchema = Strict({
  customer: Type.Optional(Id),
  name: Type.Optional(Text(200, 'Shown to people')),
  destinations: Type.Array(DestinationSchema, { minItems: 1, maxItems: 10, description: 'Tried in this order' }),
  timeZone: Type.Optional(TimeZone),
  language: Type.Optional(Type.String({ pattern: '^[a-z]{2,3}(-[A-Z]{2})?$', description: 'Language of what is said; default en-GB' })),
  followOn: Type.Optional(Type.Array(Type.Enum(['busy', 'no-answer']), { uniqueItems: true, maxItems: 2, description: 'Besides a network failure, after which results of the primary the plan takes over; default none' })),
  failOpen: Type.Optional(Type.Boolean({ description: 'The last person in the plan gets the call even without pressing 1, if no voicemail follows; default true' })),
}, { $id: 'Plan', description: 'An ordered list of destinations; without `customer` it belongs to the provider and every customer may use it' });

export type Plan = Static<typeof PlanSchema>;

export type DestinationKind = 'phone' | 'sip' | 'voicemail' | 'announcement';

/** What a destination's `to` denotes; a phone number is anything that is none of the others. */
export function destinationKind(to: string): DestinationKind {
  if (to === 'voicemail' || to === 'announcement') return to;
  return /^sips?:/i.test(to) ? 'sip' : 'phone';
}
