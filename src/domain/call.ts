/**
 * A call as we saw it. Each callback of a carrier is a *claim* about the call; a call is the join of its
 * claims. The join is commutative, associative and idempotent, so callbacks that come late, twice or out of
 * order end in the same record.
 */
import type { LegResult } from './leg.ts';

/**
 * - `in-progress`: nothing known yet of its end
 * - `missed`: offered to somebody, answered by nobody
 * - `lost`: nobody could have answered it: every leg failed or there was no destination
 * - `returned`: it was our own diverted call, come back; refused, and the call that it belongs to goes on
 * - `voicemail`: the caller left a message
 * - `answered`: a person (or the primary) took it
 */
export const OUTCOMES = ['in-progress', 'missed', 'lost', 'returned', 'voicemail', 'answered'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * How much a claim of an outcome is worth; the highest wins. A carrier's closing status says little (a call
 * that heard an announcement is `completed` too), so what our own steps know outranks it.
 */
export const OUTCOME_RANK = {
  seen: 0,
  /** The closing status says it was connected, and no step told us to whom. */
  closedConnected: 5,
  /** The closing status says it was never connected: the caller gave up. */
  closedUnanswered: 10,
  /** The steps came to their end and somebody had been rung. */
  nobodyAnswered: 50,
  /** The steps came to their end and nobody could be rung. */
  nobodyReachable: 60,
  /** It came back to where it started and was refused. */
  cameBack: 70,
  messageLeft: 80,
  bridged: 90,
} as const;

/** How a call was answered when it arrived. */
export type CallRoute = 'primary-first' | 'plan' | 'nothing';

export interface Arrival {
  number: string;
  /** The caller as the carrier gave it: E.164, a SIP user, or a word such as `anonymous`. */
  from: string;
  customer?: string;
  primary?: string;
  diversion?: string;
  route: CallRoute;
  /** False when neither the number, its customer nor the provider has a plan. */
  protected: boolean;
}

export interface LegClaim {
  /** Which leg of the call it was, counted from 0. */
  position: number;
  /** Stable key of the step that was tried, see rules/call-steps.ts. */
  step: string;
  to: string;
  result: LegResult;
}

export interface CallClaim {
  /** The carrier's record id here, and the carrier's own id of the call. */
  carrier: string;
  ref: string;
  /** Milliseconds since 1970. */
  at: number;
  arrival?: Arrival;
  leg?: LegClaim;
  outcome?: { is: Outcome; rank: number; by?: string };
  voicemail?: { ref: string; url?: string; seconds: number };
  /** The carrier's closing word: its own status and the call's length in seconds. */
  ended?: { status: string; seconds?: number };
}

/** The join of a call's claims. */
export interface Call {
  id: string;
  carrier: string;
  ref: string;
  number?: string;
  from?: string;
  customer?: string;
  primary?: string;
  diversion?: string;
  route?: CallRoute;
  protected?: boolean;
  startedAt: number;
  endedAt?: number;
  seconds?: number;
  outcome: Outcome;
  /** Who answered: the key of a step. */
  by?: string;
  legs: LegClaim[];
  voicemail?: { ref: string; url?: string; seconds: number };
}

export function callId(carrier: string, ref: string): string {
  return `${carrier}:${ref}`;
}
