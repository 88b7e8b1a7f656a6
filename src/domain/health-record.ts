/** What is kept of a primary's health from one judgement to the next. Whoever writes it does so on condition of the version that was judged. */
import { Type, type Static } from 'typebox';
import { BRAKES, DIAGNOSES, type Act, type BrakeName, type Diagnosis } from './diagnosis.ts';
import { PRIMARY_STATES } from './primary-states.ts';
import { Strict } from './schema.ts';

const Moment = Type.Integer({ description: 'Milliseconds since 1970' });
export const ACTS = ['divert', 'widen', 'begin-probation', 'advance', 'restore', 'fall-back'] as const satisfies readonly Act[];

/** Failures further back say nothing any more. */
export const FAILURES_KEPT = 20;

export const HealthRecordSchema = Strict({
  /** One more with every change. */
  version: Type.Integer({ minimum: 0 }),
  state: Type.Enum(PRIMARY_STATES),
  since: Moment,
  /** What was last seen of it for certain; what nobody can see leaves it as it is. */
  condition: Type.Enum(['well', 'failing']),
  conditionSince: Moment,
  /** Each time that it was seen to fail, the oldest first, also while it was diverted: from when on, and when it was well again. */
  failures: Type.Array(Strict({ from: Moment, to: Type.Optional(Moment) }), { maxItems: FAILURES_KEPT }),
  /** Diverted: whether also the numbers whose carrier must be told. */
  atCarriers: Type.Boolean(),
  /** Recovering: which step of the probation, counted from 0, and since when. */
  step: Type.Integer({ minimum: 0 }),
  stepSince: Moment,
  /** What waits for somebody to agree. */
  pending: Type.Optional(Strict({ action: Type.Enum(ACTS), since: Moment, diagnosis: Type.Enum(Object.keys(DIAGNOSES) as Diagnosis[]) })),
  /** The act that was last kept back, so that it is journalled once. */
  blocked: Type.Optional(Strict({ action: Type.Enum(ACTS), brake: Type.Enum(Object.keys(BRAKES) as BrakeName[]) })),
  /** The operator's word that was heeded last; `settled` once the primary was seen well after it. */
  word: Type.Optional(Strict({ says: Type.Enum(['divert', 'restore']), at: Moment, settled: Type.Boolean() })),
});

export type HealthRecord = Static<typeof HealthRecordSchema>;
export type Failing = HealthRecord['failures'][number];

/** Of a primary that nobody has judged before. */
export const UNJUDGED: HealthRecord = { version: 0, state: 'up', since: 0, condition: 'well', conditionSince: 0, failures: [], atCarriers: false, step: 0, stepSince: 0 };
