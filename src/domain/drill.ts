/** A drill: test calls to the destinations of backup plans, and what was seen of each. */
import { Type, type Static } from 'typebox';
import { Id, PlanId, Strict, Text } from './schema.ts';

/** - `open`: calls are still to be made or under way; - `expired`: its time ran out with calls not made */
export const DRILL_STATES = ['open', 'done', 'stopped', 'expired'] as const;

/** What became of a test call. The first four are under way. */
export const TEST_RESULTS = {
  waiting: 'not called yet',
  calling: 'the carrier was told to call',
  ringing: 'it rings',
  asking: 'somebody, or something, picked up and is asked to press 1',
  proven: 'who picked up pressed 1',
  unconfirmed: 'it was picked up and nobody pressed 1: a voicemail perhaps',
  busy: 'it was busy, or the call was declined',
  'no-answer': 'it rang and nobody picked up',
  failed: 'the call could not be delivered, or the carrier refused to make it',
  unknown: 'nobody can say what became of it',
  stopped: 'it was ended from here',
  skipped: 'it was not called',
} as const;
export type TestResult = keyof typeof TEST_RESULTS;

/** Why a destination was not called, or is not called yet. */
export const HELD_BACK = {
  'not-before': 'the drill is to begin later',
  hours: 'no test calls are made at this hour',
  closed: 'the destination is closed at this hour',
  diverted: 'a primary of the plan is down or being given its calls back: its destinations are needed',
  'in-use': 'there is a call at the destination',
  places: 'as many test calls as there may be are under way',
  pace: 'the last test call was begun a moment ago',
  carrier: 'the carrier asked for a pause, or did not answer',
  'called-lately': 'it had a test call a few minutes ago',
  budget: 'as many test calls as there may be were made today',
  policy: 'the destination policy refuses it',
  'own-number': 'it is a number of ours: a test call would be a call to its plan',
  'never-open': 'it is never open, or its hours cannot be read',
  'carrier-cannot': 'its carrier cannot be told to make calls',
  'carrier-unknown': 'the record of its carrier is missing or cannot be read',
  'not-public': 'its carrier cannot reach this service at PUBLIC_BASE_URL',
  'no-caller': 'there is no number at its carrier that could be shown as the caller',
  gone: 'it is not in the plan any more',
  'time-limit': "the drill's time ran out",
  stopped: 'the drill was stopped',
} as const;
export type HeldBack = keyof typeof HELD_BACK;

const HeldBackSchema = Type.Enum(Object.keys(HELD_BACK) as HeldBack[]);

/** Milliseconds after the carrier was told to call. */
export const TestTimesSchema = Strict({
  accepted: Type.Optional(Type.Integer({ description: 'The carrier had taken the order' })),
  effective: Type.Optional(Type.Integer({ description: 'The first sign of the call itself: it rang, or was answered' })),
  answered: Type.Optional(Type.Integer({ description: 'Somebody, or something, picked up' })),
  confirmed: Type.Optional(Type.Integer({ description: '1 was pressed' })),
  ended: Type.Optional(Type.Integer({ description: 'The call was over' })),
}, { description: 'Milliseconds after the carrier was told to call, by our clock when we learned of each' });
export type TestTimes = Static<typeof TestTimesSchema>;

export const OutcomeSchema = Strict({
  is: Type.Enum(Object.keys(TEST_RESULTS) as TestResult[]),
  why: Type.Optional(Type.String()),
  heldBack: Type.Optional(HeldBackSchema),
  calledAt: Type.Optional(Type.Integer()),
  times: TestTimesSchema,
});
export type TestOutcome = Static<typeof OutcomeSchema>;

/** How long a failure of a primary would take to be seen, and to be acted upon. */
export const DrillTimesSchema = Strict({
  primary: Type.String(),
  detect: Type.Optional(Type.Integer({ description: 'From its failure to the first suspicion, milliseconds' })),
  decide: Type.Optional(Type.Integer({ description: 'From its failure to the decision to divert, milliseconds' })),
  why: Type.Optional(Type.String({ description: 'Nothing is decided by itself, and why' })),
}, { description: "A failure of the primary played through the rules, with its own probes and the policy in force, and without any call or alert: the slowest case" });
export type DrillTimes = Static<typeof DrillTimesSchema>;

/** One call to make: what is shown as the caller is a number of ours at the carrier. */
export const DrillTestSchema = Strict({
  to: Type.String(),
  plans: Type.Array(Type.String(), { description: 'Plans that it stands in' }),
  /** Whose calls it would take. */
  customer: Type.String(),
  primaries: Type.Array(Type.String(), { description: 'Primaries whose numbers have these plans' }),
  carrier: Type.String(),
  from: Type.Optional(Type.String()),
  timeZone: Type.String(),
  ringSeconds: Type.Integer(),
  hours: Type.Optional(Type.String()),
  /** Known when the drill was drawn up: it is not called. */
  skip: Type.Optional(HeldBackSchema),
  /** Once the drill has ended. */
  outcome: Type.Optional(OutcomeSchema),
});
export type DrillTest = Static<typeof DrillTestSchema>;

export const ScopeSchema = Strict({
  plan: Type.Optional(PlanId),
  customer: Type.Optional(Id),
  primary: Type.Optional(Id),
  numbers: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 32 }), { minItems: 1, maxItems: 100, uniqueItems: true })),
}, { description: 'Whose plans: those of all numbers to which each of these applies; one of them is needed' });
export type DrillScope = Static<typeof ScopeSchema>;

const WhoSchema = Strict({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) });

/** As it is stored; moments in milliseconds since 1970. */
export const DrillSchema = Strict({
  state: Type.Enum([...DRILL_STATES]),
  by: WhoSchema,
  reason: Type.Optional(Text(500, 'Why')),
  scope: ScopeSchema,
  /** Absent: the provider's alone. */
  customer: Type.Optional(Type.String()),
  at: Type.Integer(),
  notBefore: Type.Optional(Type.Integer()),
  until: Type.Integer(),
  anyHour: Type.Optional(Type.Boolean()),
  tests: Type.Array(DrillTestSchema),
  /** Of the first primaries, as it was when the drill was drawn up. */
  rehearsed: Type.Optional(Type.Array(DrillTimesSchema)),
  /** It began by itself. */
  scheduled: Type.Optional(Type.Boolean()),
  stopping: Type.Optional(Strict({ at: Type.Integer(), by: WhoSchema })),
  endedAt: Type.Optional(Type.Integer()),
});
export type Drill = Static<typeof DrillSchema>;

/** Limits of drills: rules/policy.yaml has the values in force unless POLICY_FILE names others. */
export const DrillPolicySchema = Strict({
  hours: Type.String({ minLength: 1, maxLength: 500 }),
  atOnce: Type.Integer({ minimum: 1, maximum: 50 }),
  everySeconds: Type.Number({ minimum: 0, maximum: 3600 }),
  mostCalls: Type.Integer({ minimum: 1, maximum: 200 }),
  mostCallsADay: Type.Integer({ minimum: 1, maximum: 10_000 }),
  againMinutes: Type.Number({ minimum: 0, maximum: 1440 }),
  mostHours: Type.Number({ minimum: 1, maximum: 720 }),
  provenDays: Type.Integer({ minimum: 0, maximum: 3650 }),
  scheduleDays: Type.Integer({ minimum: 0, maximum: 3650 }),
});
export type DrillPolicy = Static<typeof DrillPolicySchema>;
