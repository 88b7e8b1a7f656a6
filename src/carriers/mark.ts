/** Our own mark on a call, as a SIP header: a call that comes back with it has been through us before. */
import { fnv1a } from '../domain/hash.ts';

export const MARK_HEADER = 'X-Ringthrough';
const MARK = /^[\x21-\x7e]{1,200}$/;

/** The mark among the values of that header, if any is one. */
export function markIn(values: readonly string[]): string | undefined {
  return values.find((text) => MARK.test(text));
}

/** Names the call and, by a hash, the number that was called: a PBX may hand the header on to a call to another number. */
export function markFor(ref: string, number: string): string {
  return `${ref}.${fnv1a(number).toString(36)}`;
}

/** Whether a mark was made for a call to this number, for another one, or there is none. */
export function markedWhere(mark: string | undefined, number: string): 'here' | 'elsewhere' | 'no' {
  if (mark === undefined) return 'no';
  return mark.endsWith(`.${fnv1a(number).toString(36)}`) ? 'here' : 'elsewhere';
}
