/** Is a destination proven, by what is known of its test calls? */
import type { TestResult } from '../src/domain/drill.ts';

/** What is known of a destination: when it was last tried and what came of it, and when 1 was last pressed there; milliseconds since 1970. */
export interface Tried {
  triedAt: number;
  is: TestResult;
  provenAt?: number;
}

/** `dead`: the last call could not be delivered. */
export type Proof = 'proven' | 'unproven' | 'dead';

const DAY_MS = 86_400_000;

/** @param provenDays for so many days a proof counts; above 0 */
export function proofOf(tried: Tried | undefined, at: number, provenDays: number): Proof {
  if (!tried) return 'unproven';
  if (tried.is === 'failed' && tried.triedAt > (tried.provenAt ?? 0)) return 'dead';
  return tried.provenAt !== undefined && at - tried.provenAt < provenDays * DAY_MS ? 'proven' : 'unproven';
}
