/**
 * The destination policy at entry: refuses a plan, and whatever brings a plan to a number, with `destination_refused`. It reads
 * what is stored; what changes at the same moment is judged again at each call.
 */
import type { Allowed } from '../../rules/destination-policy.ts';
import type { Customer, Provider } from '../domain/customer.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { Failure, type FieldIssue } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { numberFacts } from '../domain/phone-number.ts';
import type { Plan } from '../domain/plan.ts';
import type { Store } from '../store/store.ts';
import { gatherPlans, type Pending } from './plan-graph.ts';
import { issuesOfNamed, issuesOfPlan, loopingDestinations, refusedDestinations, unusable, type RefusedDestination } from './plan-refusals.ts';

export interface EntryCheck {
  /** Issues of a plan as it shall be. `scopes`: the countries allowed to the numbers that use it now. */
  plan(id: string, plan: Plan, scopes: readonly Allowed[]): Promise<FieldIssue[]>;
  /** Throws when the plan that the number names is not one for it. */
  number(number: string, record: NumberRecord): Promise<void>;
  /** Throws when the plan that the customer names as its default is none. */
  customer(id: string, customer: Customer): Promise<void>;
  provider(provider: Provider): Promise<void>;
}

interface Options {
  store: Pick<Store, 'find' | 'findMany'>;
  policy(): DestinationPolicy;
}

export function destinationRefused(issues: readonly FieldIssue[]): Failure {
  return new Failure('destination_refused', issues.map(({ at, detail }) => `${at}: ${detail}`).join('; '), { issues });
}

/** The countries that calls to a number may be sent to. */
export function allowedFor(number: string, customer: Pick<Customer, 'allowedCountries'> | undefined): readonly string[] {
  if (customer?.allowedCountries) return customer.allowedCountries;
  const country = numberFacts(number)?.country;
  return country === undefined ? [] : [country];
}

export function createEntryCheck({ store, policy }: Options): EntryCheck {
  async function customerOf(id: string | undefined): Promise<Customer | undefined> {
    const found = id === undefined ? undefined : await store.find('customers', id);
    return found && 'record' in found ? found.record : undefined;
  }

  async function loops(id: string, plan: Plan, pending: Pending): Promise<RefusedDestination[]> {
    const now = policy();
    return loopingDestinations(plan, id, await gatherPlans(store, [plan], now.loops.followAtMost, pending), now);
  }

  /** What keeps the named plan from being used. One that is not there or cannot be read is told by others. */
  async function named(id: string | undefined, at: string, allowed: Allowed, pending: Pending): Promise<void> {
    const found = id === undefined ? undefined : await store.find('plans', id);
    if (id === undefined || !found || !('record' in found)) return;
    const plan = found.record;
    const refused = [...unusable(plan, refusedDestinations(plan, [allowed], policy())), ...(await loops(id, plan, pending))];
    if (refused.length > 0) throw destinationRefused(issuesOfNamed(id, at, refused));
  }

  return {
    async plan(id, plan, scopes) {
      const owner = await customerOf(plan.customer);
      const asked = owner?.allowedCountries ? [owner.allowedCountries] : scopes;
      return issuesOfPlan([...refusedDestinations(plan, asked, policy()), ...(await loops(id, plan, { collection: 'plans', id, record: plan }))]);
    },
    async number(number, record) {
      await named(record.plan, '/plan', allowedFor(number, await customerOf(record.customer)), { collection: 'numbers', id: number, record });
    },
    customer: (id, customer) => named(customer.defaultPlan, '/defaultPlan', customer.allowedCountries, { collection: 'customers', id, record: customer }),
    provider: (provider) => named(provider.defaultPlan, '/defaultPlan', undefined, { collection: 'provider', id: 'provider', record: provider }),
  };
}
