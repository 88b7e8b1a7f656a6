/** What each kind of record refers to, and under which names it is listed. */
import type { Records } from './codec.ts';
import type { Collection } from './keys.ts';

function some(...entries: (string | undefined | false)[]): string[] {
  return entries.filter((entry): entry is string => typeof entry === 'string');
}

const to = (collection: Collection, id: string | undefined): string | undefined => (id === undefined ? undefined : `${collection}/${id}`);

const references: { [C in Collection]: (record: Records[C]) => string[] } = {
  provider: (record) => some(to('plans', record.defaultPlan)),
  customers: (record) => some(to('plans', record.defaultPlan)),
  automation: () => [],
  carriers: () => [],
  primaries: () => [],
  states: () => [],
  plans: (record) => some(to('customers', record.customer)),
  numbers: (record) => some(to('customers', record.customer), to('primaries', record.primary), to('carriers', record.carrier), to('plans', record.plan)),
  keys: (record) => some(to('customers', record.customer)),
  diversions: () => [],
  imports: () => [],
  approvals: () => [],
  drills: () => [],
  // Each once: it is counted how many records refer to a primary.
  sources: ({ map }) => [...new Set(map.map(({ primary }) => `primaries/${primary}`))],
  receivers: (record) => [...(record.primaries ?? []).map((primary) => `primaries/${primary}`), ...(record.kind === 'sms' ? new Set(record.carriers.map(({ carrier }) => `carriers/${carrier}`)) : [])],
  silences: () => [],
  subscribers: (record) => some(to('customers', record.customer), to('primaries', record.primary)),
};

/** Name of the index that lists a collection, all of it or one owner's part. */
export function indexName(collection: Collection, owner?: string): string {
  return owner === undefined ? collection : `${collection}@${owner}`;
}

/** Lists the drills of which something is still to be done. No customer's id has a colon. */
export const OPEN_DRILLS = indexName('drills', ':open');

const indexes: { [C in Collection]: (record: Records[C]) => string[] } = {
  provider: () => [],
  automation: () => [],
  customers: () => [indexName('customers')],
  carriers: () => [indexName('carriers')],
  primaries: () => [indexName('primaries')],
  states: () => [],
  plans: (record) => some(indexName('plans'), record.customer !== undefined && indexName('plans', record.customer)),
  // Only under the customer: a second index of a million numbers would cost as much memory as the numbers themselves.
  numbers: (record) => [indexName('numbers', record.customer)],
  keys: (record) => some(indexName('keys'), record.customer !== undefined && indexName('keys', record.customer)),
  diversions: (record) => [indexName('diversions'), indexName('diversions', record.primary)],
  imports: () => [indexName('imports')],
  approvals: ({ by: { customer } }) => some(indexName('approvals'), customer !== undefined && indexName('approvals', customer)),
  drills: ({ customer, state }) => some(indexName('drills'), customer !== undefined && indexName('drills', customer), state === 'open' && OPEN_DRILLS),
  sources: () => [indexName('sources')],
  receivers: () => [indexName('receivers')],
  silences: () => [indexName('silences')],
  subscribers: (record) => some(indexName('subscribers'), record.customer !== undefined && indexName('subscribers', record.customer)),
};

/** `collection/id` of every record that this one refers to. */
export function referencesOf<C extends Collection>(collection: C, record: Records[C]): string[] {
  return references[collection](record);
}

export function indexesOf<C extends Collection>(collection: C, record: Records[C]): string[] {
  return indexes[collection](record);
}
