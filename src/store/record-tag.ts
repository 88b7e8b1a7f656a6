/**
 * The tag of a record's content, for ETag: it says nothing but whether the record is the same. The revision would also tell one
 * customer how much all the others write.
 */
import { createHash } from 'node:crypto';
import type { Records } from './codec.ts';
import type { Collection } from './keys.ts';

/** Fields in whatever order give the same tag. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

export function tagOf<C extends Collection>(collection: C, record: Records[C]): string {
  return createHash('sha256').update(`${collection}\n${JSON.stringify(record, inOrder)}`).digest('base64url').slice(0, 22);
}
