/** On which terms something waits for a subscriber: how much its customer matters, and how much may wait. */
import type { RoutingTable } from '../calls/routing-table.ts';
import { SUBSCRIBER_DEFAULTS } from '../domain/subscriber.ts';
import type { Arrival } from '../store/backlog-store.ts';

/** Of one that is not known (yet, or any more): as of a record that says nothing. */
export function termsOf(table: Pick<RoutingTable, 'subscriber' | 'customer'>, subscriber: string): Pick<Arrival, 'worth' | 'most'> {
  const { customer, maxWaiting = SUBSCRIBER_DEFAULTS.maxWaiting, maxWaitingMb = SUBSCRIBER_DEFAULTS.maxWaitingMb } = table.subscriber(subscriber) ?? {};
  return { worth: (customer === undefined ? undefined : table.customer(customer)?.class) ?? 'standard', most: { count: maxWaiting, bytes: maxWaitingMb * 1_048_576 } };
}
