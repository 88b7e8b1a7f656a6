/** Names of what is begun at a moment, in the order of these moments. */
import type { Random } from './system.ts';

/** Sortable by `at`, milliseconds since 1970: `20261121t031502123z-9f3c2a41`. */
export function timedId(at: number, random: Random): string {
  return `${new Date(at).toISOString().replace(/[-:.]/g, '').toLowerCase()}-${random.bytes(4).toString('hex')}`;
}
