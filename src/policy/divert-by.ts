/** May a number be diverted so, at its carrier? */
import { routingOf } from '../carriers/kinds.ts';
import type { Carrier } from '../domain/carrier.ts';
import type { NumberRecord } from '../domain/number.ts';

type Way = Pick<NumberRecord, 'carrier' | 'divertBy'>;

/** In a sentence, why the record's carrier cannot divert so; undefined when it can, or when that is no change. */
export function whyNotDivertedBy({ carrier: id, divertBy }: Way, current: Way | undefined, carrier: Carrier): string | undefined {
  if (current?.carrier === id && current.divertBy === divertBy) return undefined;
  const { number, group } = routingOf(carrier).abilities;
  if (divertBy === 'trunk' && group === undefined) return `carrier ${id} has no trunks or applications that can be moved`;
  return divertBy === 'number' && number.length === 0 ? `carrier ${id} cannot set single numbers` : undefined;
}
