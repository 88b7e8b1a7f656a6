/** Why a destination is no use for a number whatever the time and however many calls there are; the same for a call and for a routing set at a carrier. */
import type { PolicyRule } from '../src/domain/destination-policy.ts';
import { primaryTarget, type Primary } from '../src/domain/primary.ts';
import { hasSameFate } from './same-fate.ts';

export interface NumberFacts {
  /** The called number, E.164. */
  number: string;
  /** What the destination policy has against a destination; undefined: it may be dialled. */
  refusedBy(to: string): PolicyRule | undefined;
  /** The primary of a destination that is a number of ours. */
  primaryOf(to: string): string | undefined;
}

export type Unusable = { why: 'itself' } | { why: 'policy'; rule: PolicyRule } | { why: 'primary-down' };

/** `down` is the primary that cannot take the calls, with which a destination may fall. */
export function whyUnusable({ number, refusedBy, primaryOf }: NumberFacts, to: string, down: { id: string; settings: Primary } | undefined): Unusable | undefined {
  if (to === number) return { why: 'itself' };
  const rule = refusedBy(to);
  if (rule !== undefined) return { why: 'policy', rule };
  return down && hasSameFate(to, { id: down.id, target: primaryTarget(down.settings, number) }, primaryOf) ? { why: 'primary-down' } : undefined;
}
