/** The report of a diversion, as the API gives it: what was seen, what was done, and what callers met. Moments are texts in UTC. */
import { Type, type Static } from 'typebox';
import { EVIDENCE_GROUPS, CLAIMS } from './evidence.ts';
import { APPROVAL_MODES } from './health-policy.ts';
import { SYNC_STATES } from './route.ts';

const At = Type.String({ description: 'UTC' });
const Count = Type.Integer();
const Act = Type.Object({ at: At, by: Type.Object({ key: Type.String(), role: Type.String() }), reason: Type.String() });

/** Whole numbers are for whoever calls callers back; what is sent on has them masked. */
export const NUMBERS_SHOWN = ['masked', 'whole'] as const;
export type NumbersShown = (typeof NUMBERS_SHOWN)[number];

const TallySchema = {
  calls: Count,
  primary: Type.Integer({ description: 'Answered by the primary' }),
  backup: Type.Integer({ description: 'Answered by a backup of the plan' }),
  voicemail: Count,
  missed: Type.Integer({ description: 'Somebody was rung, and nobody answered' }),
  lost: Type.Integer({ description: 'Nobody could have answered' }),
  underWay: Type.Integer({ description: 'Nothing is known of their end' }),
  diverted: Type.Integer({ description: 'Sent to the plan at once, because of the diversion' }),
  savedInCall: Type.Integer({ description: 'Offered to the primary, which failed, and taken by the plan in the same call' }),
};
const Tally = Type.Object(TallySchema);
export type CallTally = Static<typeof Tally>;

/** Kinds of what a timeline tells. */
export const TOLD_AS = ['evidence', 'decision', 'held-back', 'word', 'calls', 'carrier', 'told'] as const;

const TimelineItem = Type.Object({
  at: At,
  is: Type.Enum(TOLD_AS, { description: '`evidence`: what was seen; `decision`: what automation did; `held-back`: what a brake kept it from; `word`: what a person did; `calls`: what callers met; `carrier`: what was set there; `told`: who was told' }),
  text: Type.String(),
  diagnosis: Type.Optional(Type.String()),
  brake: Type.Optional(Type.String()),
  by: Type.Optional(Type.String({ description: 'Id of the key of who did it' })),
});
export type TimelineItem = Static<typeof TimelineItem>;

/** What a scenario can be made of: what was seen, as far as it is kept; docs/simulator.md says what that cannot know. */
const RecordedSchema = Type.Object({
  from: At,
  to: At,
  processes: Type.Array(Type.String({ description: 'As sources name them' })),
  mode: Type.Optional(Type.Enum(APPROVAL_MODES)),
  dependsOn: Type.Array(Type.String()),
  probes: Type.Array(Type.Object({ kind: Type.String(), everySeconds: Type.Number() })),
  numbers: Type.Array(Type.Object({ count: Count, divertBy: Type.Enum(['call', 'number', 'trunk', 'sip']), withPlan: Type.Number(), carrier: Type.String(), class: Type.Enum(['critical', 'standard', 'low']) }), { description: 'As they are now' }),
  carriers: Type.Array(Type.Object({ id: Type.String(), writesPerSecond: Type.Number() })),
  callsPerSecond: Type.Number(),
  offered: Type.Array(Type.Object({ at: At, calls: Count, failed: Count, overloaded: Type.Integer({ description: 'Of those that failed: refused for having too much to do' }) }), { description: 'Calls that were offered to the primary, by ten seconds; those without any are left out' }),
  said: Type.Array(Type.Object({ at: At, until: At, source: Type.String(), group: Type.Enum(EVIDENCE_GROUPS), claim: Type.Enum([...CLAIMS, 'withdrawn']), because: Type.String() }), { description: 'Each change of what a source said' }),
  orders: Type.Array(Type.Object({ at: At, says: Type.Enum(['divert', 'restore']), how: Type.Optional(Type.Enum(['steps', 'now'])) })),
});
export type Recorded = Static<typeof RecordedSchema>;

export const DiversionReportSchema = Type.Object({
  diversion: Type.String(),
  primary: Type.String(),
  name: Type.Optional(Type.String()),
  customer: Type.Optional(Type.String({ description: "Calls, callers and numbers are this customer's alone" })),
  madeAt: At,
  numbersShown: Type.Enum(NUMBERS_SHOWN),
  isOpen: Type.Boolean({ description: 'It has not ended yet: all of it is as of `madeAt`' }),
  started: Act,
  ended: Type.Optional(Act),
  measured: Type.Object({
    firstSignAt: Type.Optional(At),
    firstSign: Type.Optional(Type.String({ description: 'What was seen first of what led to it' })),
    toDivertSeconds: Type.Optional(Type.Number({ description: 'From the first sign until calls went elsewhere' })),
    firstDivertedCallAt: Type.Optional(At),
    firstAnsweredElsewhereAt: Type.Optional(Type.String({ description: 'When the first call began that a backup answered' })),
    probationAt: Type.Optional(Type.String({ description: 'When calls were first given back to it' })),
    lastedSeconds: Type.Number({ description: 'From the divert to the end, or until now' }),
    restoringSeconds: Type.Optional(Type.Number({ description: 'From the first call given back to the end' })),
    backSeconds: Type.Optional(Type.Number({ description: 'From the end until the last number was as before again at its carrier' })),
  }),
  timeline: Type.Array(TimelineItem),
  leftOut: Type.Integer({ description: 'Moments that are not in the timeline because there are too many' }),
  brakes: Type.Array(Type.Object({ at: At, action: Type.String(), brake: Type.String(), means: Type.String(), because: Type.String() })),
  calls: Type.Object({
    ...TallySchema,
    sampled: Type.Optional(Type.Object({ lookedAt: Count, of: Count }, { description: 'There were so many calls, of all primaries, that an even sample of them was looked at: counts are of that' })),
    everyMinutes: Type.Integer(),
    slots: Type.Array(Type.Object({ at: At, ...TallySchema }), { description: 'From the first sign to the end; those without calls are left out' }),
  }, { description: 'Calls to its numbers from the first sign to the end' }),
  lostCallers: Type.Array(Type.Object({ from: Type.String(), calls: Count, lastAt: At, numbers: Type.Array(Type.String()), customer: Type.Optional(Type.String()) }), { description: 'Whose last call met nobody, and who has not reached anybody since' }),
  carriers: Type.Object({
    numbers: Type.Integer({ description: 'Whose routing is set at their carrier' }),
    states: Type.Record(Type.String(), Type.Integer(), { description: 'As they are now' }),
    sampled: Type.Optional(Type.Object({ lookedAt: Count, of: Count }, { description: 'There are so many that only the first were looked at' })),
    items: Type.Array(Type.Object({
      carrier: Type.String(),
      moved: Type.Integer({ description: 'Numbers that were read back as diverted' }),
      firstMovedAt: Type.Optional(At),
      lastMovedAt: Type.Optional(At),
      back: Type.Integer({ description: 'Of those, as before again' }),
      firstBackAt: Type.Optional(At),
      lastBackAt: Type.Optional(At),
    })),
    left: Type.Array(Type.Object({ number: Type.String(), carrier: Type.String(), is: Type.Enum(SYNC_STATES), why: Type.Optional(Type.String()) }), { description: 'What somebody must look at: conflicts, and what the carrier does not do; the first 100' }),
  }),
  backlogs: Type.Array(Type.Object({
    subscriber: Type.String(),
    customer: Type.Optional(Type.String()),
    waiting: Count,
    dead: Type.Integer({ description: 'Dead letters that are kept' }),
    oldestAt: Type.Optional(Type.String({ description: 'When the first of those that wait came' })),
  }), { description: 'What waits now for subscribers that are part of the primary; those for whom nothing does are left out' }),
  told: Type.Array(Type.Object({ at: At, receiver: Type.String(), kinds: Type.Array(Type.String()), isRepeat: Type.Boolean(), failure: Type.Optional(Type.String({ description: 'It did not arrive' })) })),
  gaps: Type.Array(Type.String(), { description: 'What this report cannot know, each in a sentence' }),
  recorded: RecordedSchema,
}, { $id: 'DiversionReport' });

export type DiversionReport = Static<typeof DiversionReportSchema>;
