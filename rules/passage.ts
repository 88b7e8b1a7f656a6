/** Has this call been through us before? What keeps a call from going round in circles between a number and its backups. */
import type { Destination } from '../src/domain/plan.ts';
import { numberOf } from './dialled-number.ts';

/**
 * - `fresh`: it comes from outside
 * - `passed`: it came through another of our numbers, or through one of this number's own backups: it may ring the
 *   primary, but is never diverted onwards to another phone
 * - `returned`: it is back at the number it started from: refused as busy, so that the call that went round goes on to
 *   its next step instead of ending in an announcement at its own number
 */
export type Passage = 'fresh' | 'passed' | 'returned';

export interface PassageFacts {
  /** The called number, E.164. */
  number: string;
  /** The caller as the carrier gave it. */
  caller: string;
  /** Numbers (E.164) that forwarded the call before it came here. */
  forwardedBy: readonly string[];
  /** It carries our own mark: made for a call to this very number, or to another. */
  marked: 'here' | 'elsewhere' | 'no';
  /** Destinations of the effective plan. */
  destinations: readonly Pick<Destination, 'to'>[];
  isManaged(number: string): boolean;
  /** A call of the same caller to the same number, not yet ended, was sent to a backup within seconds. */
  sameCallJustDiverted: boolean;
}

/** Words for a caller who withholds the number, also as some carriers spell them: by the letters on a telephone's keys. */
const WITHHELD = /^(?:sips?:)?(?:anonymous|restricted|blocked|private|unavailable|unknown|withheld)\b/i;
const WITHHELD_IN_DIGITS = new Set(['+266696687', '+7378742833', '+2562533', '+7748283', '+86282452253', '+8656696']);

/** True when two calls of this "caller" may well be of two people. */
export function isWithheld(caller: string): boolean {
  return caller === '' || WITHHELD.test(caller) || WITHHELD_IN_DIGITS.has(caller);
}

export function passageOf(facts: PassageFacts): { passage: Passage; because: string } {
  const { number, forwardedBy } = facts;
  if (facts.marked === 'here') return { passage: 'returned', because: 'The call carries our own mark: we sent it out ourselves.' };
  if (forwardedBy.includes(number)) return { passage: 'returned', because: 'The called number itself is named as having forwarded the call.' };
  if (facts.sameCallJustDiverted && !isWithheld(facts.caller)) {
    return { passage: 'returned', because: 'A call of the same caller to the same number was sent to a backup seconds ago and still goes on.' };
  }
  if (facts.marked === 'elsewhere') return { passage: 'passed', because: 'The call carries our mark of a call to another number.' };
  if (forwardedBy.length === 0) return { passage: 'fresh', because: 'Nobody forwarded the call and it carries no mark of ours.' };
  // A backup is often somebody's mobile, and its owner may forward it to the office on any quiet day: the office must ring.
  if (facts.destinations.some(({ to }) => forwardedBy.includes(numberOf(to) ?? ''))) {
    return { passage: 'passed', because: "One of this number's own backups forwarded the call here." };
  }
  if (forwardedBy.some((by) => facts.isManaged(by))) return { passage: 'passed', because: 'Another number that we manage forwarded the call here.' };
  return { passage: 'fresh', because: 'It was forwarded by a number that is not ours.' };
}
