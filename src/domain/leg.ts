/** What became of one leg of a call, and what that says of the place it was sent to. */

/**
 * - `answered`: bridged to a person or to the primary
 * - `busy`, `no-answer`, `declined`: people's behaviour; the place itself works
 * - `cancelled`: the caller hung up first
 * - `failed`: it could not be delivered
 */
export const LEG_ENDS = ['answered', 'busy', 'no-answer', 'declined', 'cancelled', 'failed'] as const;
export type LegEnd = (typeof LEG_ENDS)[number];

/** What a failure says of the far end (field practice after Q.850 and RFC 3261); `user` never counts against it. */
export const CAUSE_CLASSES = ['down', 'overloaded', 'ambiguous', 'user'] as const;
export type CauseClass = (typeof CAUSE_CLASSES)[number];

export interface LegResult {
  end: LegEnd;
  cause: CauseClass;
  /** Final SIP status of the leg, 300 to 699, where the carrier tells it. */
  sip?: number;
}
