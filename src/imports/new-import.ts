/** Who an import is from. */
import type { ImportRecord } from '../domain/import.ts';
import type { Actor } from '../domain/key.ts';

export function whoOf({ key, role, customer }: Actor): ImportRecord['by'] {
  return { key, role, ...(customer === undefined ? {} : { customer }) };
}
