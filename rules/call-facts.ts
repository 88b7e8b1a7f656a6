/** What the judgement of one call is made from, and what it comes to. */
import type { CallRoute } from '../src/domain/call.ts';
import type { PolicyRule } from '../src/domain/destination-policy.ts';
import type { Primary, PrimaryState } from '../src/domain/primary.ts';
import type { Step } from '../src/domain/step.ts';
import type { EffectivePlan, PlanFrom } from './effective-plan.ts';
import type { Passage } from './passage.ts';
import type { NumberFacts } from './unusable.ts';

export interface RouteFacts {
  customer: string;
  /** Undefined when its record is missing or cannot be read. */
  primary?: { id: string; settings: Primary; state: PrimaryState } | undefined;
  plan?: EffectivePlan | undefined;
  timeZone: string;
}

export interface CallFacts extends NumberFacts {
  /** What is known of the number; undefined for a number that is not ours. */
  route: RouteFacts | undefined;
  passage: Passage;
  /** When the call is judged, milliseconds since 1970. */
  at: number;
  /** How many calls a destination has now. */
  activeCalls(to: string): number;
}

export type SkipReason = 'closed' | 'full' | 'itself' | 'primary-down' | 'looped' | 'invalid-hours' | 'policy';

export interface Skipped {
  /** A destination's address, or `primary`. */
  to: string;
  why: SkipReason;
  /** With `policy`: which rule of it. */
  rule?: PolicyRule;
}

export interface CallDecision {
  steps: readonly Step[];
  route: CallRoute;
  /** Whose plan protects the number; absent: it is unprotected. */
  protectedBy?: PlanFrom;
  planId?: string;
  language: string;
  /** Besides failures, which results of the primary let the plan take over. */
  followOn: readonly ('busy' | 'no-answer')[];
  skipped: readonly Skipped[];
  /** One sentence, without telephone numbers: it may be logged. */
  because: string;
}
