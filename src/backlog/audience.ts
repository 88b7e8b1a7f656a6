/** Who is told of an event: by its kind, its customer and its primary. */
import type { RoutingTable } from '../calls/routing-table.ts';
import { SUBSCRIBER_DEFAULTS, type Subscriber } from '../domain/subscriber.ts';
import type { TellableEvent } from './compose-event.ts';

export type Audience = (event: TellableEvent) => { subscriber: string; isCustomers: boolean }[];

/** `call.missed`, `call.*` or `*`. */
export function isKindWanted(patterns: readonly string[], kind: string): boolean {
  return patterns.some((pattern) => pattern === kind || pattern === '*' || (pattern.endsWith('.*') && kind.startsWith(pattern.slice(0, -1))));
}

/** For as long as the table is as it is. */
export function audienceOf(table: Pick<RoutingTable, 'subscriber' | 'ids' | 'eachRule'>): Audience {
  const subscribers = [...table.ids('subscribers')].flatMap((id) => {
    const record = table.subscriber(id);
    return record ? [{ id, record }] : [];
  });
  const customersOn = new Map<string, Set<string>>();

  function hasNumbersOn(customer: string, primary: string): boolean {
    let customers = customersOn.get(primary);
    if (!customers) {
      const found = (customers = new Set<string>());
      table.eachRule((rule) => rule.primary === primary && found.add(rule.customer));
      customersOn.set(primary, customers);
    }
    return customers.has(customer);
  }

  function concerns(customer: string, event: TellableEvent): boolean {
    if (event.customers === undefined) return event.customer === customer;
    return event.customers === 'of-primary' && event.primary !== undefined && hasNumbersOn(customer, event.primary);
  }

  function wants({ kinds, customer, primary }: Subscriber, event: TellableEvent): boolean {
    return (primary === undefined || primary === event.primary) && isKindWanted(kinds ?? SUBSCRIBER_DEFAULTS.kinds, event.kind) && (customer === undefined || concerns(customer, event));
  }

  return (event) => subscribers.filter(({ record }) => wants(record, event)).map(({ id, record }) => ({ subscriber: id, isCustomers: record.customer !== undefined }));
}
