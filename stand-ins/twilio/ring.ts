/** The result of ringing one leg, whatever it leads to. */
import type { Person } from './person.ts';
import type { DialStatus } from './transcript.ts';

/** Why a leg that rings is given up. */
export type GiveUp = 'timeout' | 'caller' | 'taken';

export interface SipFacts {
  callId: string;
  /** Final status; missing when there was none. */
  status: number | undefined;
}

export interface AnsweredLeg {
  is: 'answered';
  person: Person;
  /** What answered is a voicemail of the callee's own. */
  machine: boolean;
  /** The caller is connected now. */
  bridged(): void;
  sip?: SipFacts;
}

export interface FailedLeg {
  is: Exclude<DialStatus, 'completed'>;
  detail?: string;
  sip?: SipFacts;
}

export type Ring = AnsweredLeg | FailedLeg;

export interface RingRequest {
  to: string;
  callerId: string;
  callSid: string;
  /** Aborted with a `GiveUp` as its reason. */
  signal: AbortSignal;
}

/** What becomes of a leg that was given up while it rang. */
export function givenUp(signal: AbortSignal): FailedLeg['is'] {
  return (signal.reason as GiveUp) === 'timeout' ? 'no-answer' : 'canceled';
}
