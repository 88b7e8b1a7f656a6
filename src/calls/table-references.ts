/** How many records refer to each, as the routing table has them: it holds every kind of record that refers to others. */
import { referencesOf } from '../store/relations.ts';
import type { RoutingTable } from './routing-table.ts';

/** By `collection/id`. */
export function countReferences(table: RoutingTable): Map<string, number> {
  const counts = new Map<string, number>();
  const take = (subjects: readonly string[], times = 1): void => {
    for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + times);
  };
  take(referencesOf('provider', table.provider()));
  for (const id of table.ids('customers')) take(referencesOf('customers', table.customer(id) ?? { name: '' }));
  for (const id of table.ids('plans')) take(referencesOf('plans', table.plan(id) ?? { destinations: [] }));
  for (const id of table.ids('keys')) {
    const key = table.key(id);
    if (key) take(referencesOf('keys', key));
  }
  for (const id of table.ids('sources')) take(referencesOf('sources', table.source(id) ?? { kind: 'generic', secret: '', map: [] }));
  for (const id of table.ids('receivers')) take(referencesOf('receivers', table.receiver(id) ?? { kind: 'slack', url: '' }));
  for (const id of table.ids('subscribers')) take(referencesOf('subscribers', table.subscriber(id) ?? { url: '', secret: '' }));
  table.eachRule((rule, numbers) => take(referencesOf('numbers', rule), numbers));
  return counts;
}
