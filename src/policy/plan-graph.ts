/** The numbers of ours that a plan leads to, over other plans, read from the store: what the rule on loops needs at entry. */
import { numberOf } from '../../rules/dialled-number.ts';
import { effectivePlan } from '../../rules/effective-plan.ts';
import type { PlanOfNumber } from '../../rules/plan-loop.ts';
import type { Plan } from '../domain/plan.ts';
import type { Records } from '../store/codec.ts';
import type { Collection } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** One record as it will be once it is written. */
export type Pending = { [C in Collection]: { collection: C; id: string; record: Records[C] } }[Collection];

type Reader = <C extends Collection>(collection: C, ids: Iterable<string | undefined>) => Promise<Map<string, Records[C]>>;

function createReader(store: Pick<Store, 'findMany'>, pending: Pending | undefined): Reader {
  return async <C extends Collection>(collection: C, wanted: Iterable<string | undefined>) => {
    const ids = [...new Set(wanted)].filter((id) => id !== undefined);
    const records = new Map<string, Records[C]>();
    for (const [at, found] of (await store.findMany(collection, ids)).entries()) if (found && 'record' in found) records.set(ids[at] ?? '', found.record);
    if (pending?.collection === collection && ids.includes(pending.id)) records.set(pending.id, pending.record as Records[C]);
    return records;
  };
}

const numbersIn = (plans: Iterable<Pick<Plan, 'destinations'>>): string[] => [...plans].flatMap(({ destinations }) => destinations.map(({ to }) => numberOf(to))).filter((number) => number !== undefined);

/** Follows the plans until nothing new comes, or more than `followAtMost` numbers are found: more the rule does not follow. */
export async function gatherPlans(store: Pick<Store, 'findMany'>, from: Iterable<Pick<Plan, 'destinations'>>, followAtMost: number, pending?: Pending): Promise<PlanOfNumber> {
  const read = createReader(store, pending);
  const known = new Map<string, { id: string; plan: Plan }>();
  const asked = new Set<string>();
  let wanted = [...new Set(numbersIn(from))];
  let provider: Records['provider'] | undefined;
  while (wanted.length > 0 && known.size <= followAtMost) {
    for (const number of wanted) asked.add(number);
    const numbers = await read('numbers', wanted);
    if (numbers.size === 0) break;
    provider ??= (await read('provider', ['provider'])).get('provider') ?? {};
    const customers = await read('customers', [...numbers.values()].map(({ customer }) => customer));
    const plans = await read('plans', [...[...numbers.values()].map(({ plan }) => plan), ...[...customers.values()].map(({ defaultPlan }) => defaultPlan), provider.defaultPlan]);
    const found: Plan[] = [];
    for (const [number, record] of numbers) {
      const { chosen } = effectivePlan({ number: record, customer: customers.get(record.customer), provider, planOf: (id) => plans.get(id) });
      if (!chosen) continue;
      known.set(number, { id: chosen.id, plan: chosen.plan });
      found.push(chosen.plan);
    }
    wanted = [...new Set(numbersIn(found))].filter((number) => !asked.has(number));
  }
  return (number) => known.get(number);
}
