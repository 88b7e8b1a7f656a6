/** Steps: the answer for one call, what to try, in order. */

/**
 * - `no`: whoever answers has the call
 * - `closed`: who answers must press 1; without it the call goes on to the next step
 * - `open`: asked to press 1, but connected anyway when nothing is pressed: the last person there is
 */
export type Screening = 'no' | 'closed' | 'open';

export interface DialStep {
  kind: 'primary' | 'phone' | 'sip';
  /** Stable over plan edits: `primary`, or derived from the destination. Unique among the steps of one call. */
  key: string;
  /** E.164 or SIP URI. */
  to: string;
  ringSeconds: number;
  screen: Screening;
  /** Calls it can take at the same time; absent means no limit. */
  maxCalls?: number;
}

export interface VoicemailStep {
  kind: 'voicemail';
  key: string;
  say: string;
  /** Language of `say`; absent: that of the whole answer. Our default texts are English in every plan. */
  language?: string;
  maxSeconds: number;
}

/** Why the caller hears an announcement. */
export type AnnouncementReason = 'in-plan' | 'number-unknown' | 'no-plan' | 'nothing-left' | 'busy' | 'no-answer' | 'looped';

export interface AnnouncementStep {
  kind: 'announcement';
  key: string;
  say: string;
  /** As with voicemail. */
  language?: string;
  because: AnnouncementReason;
}

export type Step = DialStep | VoicemailStep | AnnouncementStep;

export function isDial(step: Step): step is DialStep {
  return step.kind === 'primary' || step.kind === 'phone' || step.kind === 'sip';
}
