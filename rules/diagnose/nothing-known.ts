/** Nobody sees the primary, or not for long enough: unknown is its own value, and never up. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import type { View } from './view.ts';

export function nothingKnown({ groups }: View): Finding {
  return { is: 'nothing-known', because: groups.length === 0 ? 'there is no evidence of it' : `nothing certain from ${groups.map(({ group }) => group).join(', ')}` };
}
