/** What the records of numbers refer to, read many at once: is it there, and may this number use it? */
import type { ErrorCode } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Collection } from '../store/keys.ts';
import type { Found, Store } from '../store/store.ts';

export type References = { [C in 'customers' | 'primaries' | 'carriers' | 'plans']: Map<string, Found<C> | undefined> };

export interface ReferenceFault {
  code: ErrorCode;
  detail: string;
}

export async function lookUp<C extends Collection>(store: Store, collection: C, ids: Iterable<string | undefined>): Promise<Map<string, Found<C> | undefined>> {
  const wanted = [...new Set(ids)].filter((id) => id !== undefined);
  const found = await store.findMany(collection, wanted);
  return new Map(wanted.map((id, at) => [id, found[at]]));
}

export async function lookUpReferences(store: Store, records: readonly NumberRecord[]): Promise<References> {
  const [customers, primaries, carriers, plans] = await Promise.all([
    lookUp(store, 'customers', records.map((record) => record.customer)),
    lookUp(store, 'primaries', records.map((record) => record.primary)),
    lookUp(store, 'carriers', records.map((record) => record.carrier)),
    lookUp(store, 'plans', records.map((record) => record.plan)),
  ]);
  return { customers, primaries, carriers, plans };
}

export function referenceFault(record: NumberRecord, known: References): ReferenceFault | undefined {
  const unknown = (field: string, id: string): ReferenceFault => ({ code: 'reference_unknown', detail: `${field}: ${id} does not exist` });
  if (!known.customers.get(record.customer)) return unknown('customer', record.customer);
  if (!known.primaries.get(record.primary)) return unknown('primary', record.primary);
  if (!known.carriers.get(record.carrier)) return unknown('carrier', record.carrier);
  if (record.plan === undefined) return undefined;
  const plan = known.plans.get(record.plan);
  if (!plan) return unknown('plan', record.plan);
  if ('unreadable' in plan) return { code: 'record_unreadable', detail: `plan: ${record.plan} cannot be read` };
  if (plan.record.customer === undefined || plan.record.customer === record.customer) return undefined;
  return { code: 'plan_foreign', detail: `plan: ${record.plan} belongs to another customer` };
}
