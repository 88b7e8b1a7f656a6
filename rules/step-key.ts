/**
 * The keys of steps: what the carrier's callbacks name a step by. A key depends on where the step goes and not
 * on its place, so it still means the same after the plan was edited in the middle of a call.
 */
import { fnv1a } from '../src/domain/hash.ts';
import { destinationKind, type Destination } from '../src/domain/plan.ts';

export const PRIMARY_KEY = 'primary';

/** `voicemail`, `announcement`, or `d` and a hash of the address: no number shows in a URL, and no hash can read like a word of ours. */
function baseKey(to: string): string {
  const kind = destinationKind(to);
  return kind === 'voicemail' || kind === 'announcement' ? kind : `d${fnv1a(to).toString(36)}`;
}

/** One key for each destination, in order; those that come again get `-2`, `-3` … */
export function stepKeys(destinations: readonly Pick<Destination, 'to'>[]): string[] {
  const seen = new Map<string, number>();
  return destinations.map(({ to }) => {
    const base = baseKey(to);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  });
}

const ANNOUNCEMENT_KEY = /^(?:announcement(?:-\d+)?|number-unknown|no-plan|nothing-left|busy|no-answer|looped)$/;
const VOICEMAIL_KEY = /^voicemail(?:-\d+)?$/;

export const isAnnouncementKey = (key: string): boolean => ANNOUNCEMENT_KEY.test(key);
export const isVoicemailKey = (key: string): boolean => VOICEMAIL_KEY.test(key);
