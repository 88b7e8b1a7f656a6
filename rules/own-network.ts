/** Is it the others who are silent, or are we cut off? By reference targets: hosts that have nothing to do with any primary. */

export interface Reference {
  /** When an answer that came was asked for, on a steady clock, milliseconds; undefined when none ever came. */
  answeredAskedAt: number | undefined;
}

export type Proof = 'proven' | 'cut-off' | 'unproven';

/**
 * `proven` when at least half of them have answered what was asked at or after `since`: one that is down itself hides
 * nothing. `unproven` when there are none.
 */
export function proofSince(references: readonly Reference[], since: number): Proof {
  if (references.length === 0) return 'unproven';
  const answering = references.filter(({ answeredAskedAt }) => answeredAskedAt !== undefined && answeredAskedAt >= since).length;
  return answering * 2 >= references.length ? 'proven' : 'cut-off';
}
