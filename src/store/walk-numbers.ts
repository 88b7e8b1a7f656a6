/** Walks all numbers, or one customer's, page by page in the order of customer and number. */
import { indexName } from './relations.ts';
import type { Found, Store } from './store.ts';

export interface NumberPosition {
  customer: string;
  number: string;
}

export interface NumberPage {
  entries: { number: string; found: Found<'numbers'> }[];
  /** Where the walk goes on; undefined at its end. */
  next: NumberPosition | undefined;
}

export interface Walk {
  /** One customer's alone. */
  customer?: string;
  /** Begins after this number. */
  after?: NumberPosition;
  /** Numbers looked at a page; a page has fewer entries when some are deleted or moved meanwhile. */
  limit: number;
}

const CUSTOMERS_AT_ONCE = 200;

async function* customersOf(store: Store, { customer, after }: Walk): AsyncGenerator<string> {
  if (customer !== undefined) {
    yield customer;
    return;
  }
  if (after) yield after.customer;
  let last = after?.customer;
  for (;;) {
    const ids = await store.page(indexName('customers'), last, CUSTOMERS_AT_ONCE);
    yield* ids;
    if (ids.length < CUSTOMERS_AT_ONCE) return;
    last = ids.at(-1);
  }
}

async function pageOf(store: Store, positions: readonly NumberPosition[], more: boolean): Promise<NumberPage> {
  const found = await store.findMany('numbers', positions.map((position) => position.number));
  const entries = positions.flatMap(({ customer, number }, at) => {
    const one = found[at];
    // An index may still list a number under its customer of before: it comes, or came, under its own.
    return one && ('unreadable' in one || one.record.customer === customer) ? [{ number, found: one }] : [];
  });
  return { entries, next: more ? positions.at(-1) : undefined };
}

export async function* walkNumbers(store: Store, walk: Walk): AsyncGenerator<NumberPage> {
  let positions: NumberPosition[] = [];
  for await (const customer of customersOf(store, walk)) {
    let after = customer === walk.after?.customer ? walk.after.number : undefined;
    for (;;) {
      const wanted = walk.limit - positions.length;
      const numbers = await store.page(indexName('numbers', customer), after, wanted);
      positions.push(...numbers.map((number) => ({ customer, number })));
      if (positions.length === walk.limit) {
        yield await pageOf(store, positions, true);
        positions = [];
      }
      if (numbers.length < wanted) break;
      after = numbers.at(-1);
    }
  }
  if (positions.length > 0) yield await pageOf(store, positions, false);
}
