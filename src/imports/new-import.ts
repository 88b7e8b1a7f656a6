/** The name of a new import, and who it is from. */
import type { ImportRecord } from '../domain/import.ts';
import type { Actor } from '../domain/key.ts';
import type { Random } from '../system/system.ts';

/** Sortable by start: `20261121t031502123z-9f3c2a41`. */
export function newImportId(at: number, random: Random): string {
  return `${new Date(at).toISOString().replace(/[-:.]/g, '').toLowerCase()}-${random.bytes(4).toString('hex')}`;
}

export function whoOf({ key, role, customer }: Actor): ImportRecord['by'] {
  return { key, role, ...(customer === undefined ? {} : { customer }) };
}
