/**
 * The destination policy at entry: refuses a plan, and whatever brings a plan to a number, with `destination_refused`. What it
 * has read must still hold when the change is written: so of two writers that would close a loop together, one judges again.
 */
import type { Allowed } from '../../rules/destination-policy.ts';
import type { Customer, Provider } from '../domain/customer.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { issuesFailure, type Failure, type FieldIssue } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { numberFacts } from '../domain/phone-number.ts';
import type { Plan } from '../domain/plan.ts';
import type { Draft } from '../store/draft.ts';
import { createReads, type Reads } from '../store/reads.ts';
import type { Store } from '../store/store.ts';
import { gatherPlans, type Pending } from './plan-graph.ts';
import { issuesOfNamed, issuesOfPlan, loopingDestinations, refusedDestinations, unusable, type RefusedDestination } from './plan-refusals.ts';

/** More for the commit: what the judgement leans on. */
export type Also = (more: (draft: Draft) => void) => void;

export interface EntryCheck {
  /** Issues of a plan as it shall be. `scopes`: the countries allowed to the numbers that use it now. */
  plan(id: string, plan: Plan, scopes: readonly Allowed[], also: Also): Promise<FieldIssue[]>;
  /** Throws when the plan that the number names is not one for it, or the default that it falls to leads back to it. */
  number(number: string, record: NumberRecord, also: Also): Promise<void>;
  /** Throws when the plan that the customer names as its default is none, or the provider's that it falls to leads back. */
  customer(id: string, customer: Customer, also: Also): Promise<void>;
  provider(provider: Provider, also: Also): Promise<void>;
}

interface Options {
  store: Reader;
  policy(): DestinationPolicy;
}

export function destinationRefused(issues: readonly FieldIssue[]): Failure {
  return issuesFailure('destination_refused', issues);
}

/** The countries that calls to a number may be sent to. */
export function allowedFor(number: string, customer: Pick<Customer, 'allowedCountries'> | undefined): readonly string[] {
  if (customer?.allowedCountries) return customer.allowedCountries;
  const country = numberFacts(number)?.country;
  return country === undefined ? [] : [country];
}

type Reader = Pick<Store, 'find' | 'findMany'>;

async function customerOf(store: Reader, id: string | undefined): Promise<Customer | undefined> {
  const found = id === undefined ? undefined : await store.find('customers', id);
  return found && 'record' in found ? found.record : undefined;
}

/** What holds where nothing is named. */
async function providerDefault(store: Reader): Promise<string | undefined> {
  const found = await store.find('provider', 'provider');
  return found && 'record' in found ? found.record.defaultPlan : undefined;
}

interface Named {
  /** The plan that is named; undefined when a default holds. */
  id: string | undefined;
  /** A default is not chosen for the one number: of that only a loop is refused. */
  otherwise?: string | undefined;
  at: string;
  allowed: Allowed;
  also: Also;
}

export function createEntryCheck({ store, policy }: Options): EntryCheck {
  async function loops(reads: Reader, id: string, plan: Plan, pending: Pending): Promise<RefusedDestination[]> {
    const now = policy();
    return loopingDestinations(plan, id, await gatherPlans(reads, [plan], now.loops.followAtMost, pending), now);
  }

  /** What keeps the named plan from being used. One that is not there or cannot be read is told by others. */
  async function named(reads: Reads, { id: own, otherwise, at, allowed, also }: Named, pending: Pending): Promise<void> {
    also(reads.unchanged);
    const id = own ?? otherwise;
    const found = id === undefined ? undefined : await reads.find('plans', id);
    if (id === undefined || !found || !('record' in found)) return;
    const plan = found.record;
    const unfit = own === undefined ? [] : unusable(plan, refusedDestinations(plan, [allowed], policy()));
    const refused = [...unfit, ...(await loops(reads, id, plan, pending))];
    if (refused.length > 0) throw destinationRefused(issuesOfNamed(id, at, refused));
  }

  return {
    async plan(id, plan, scopes, also) {
      const reads = createReads(store);
      const owner = await customerOf(reads, plan.customer);
      const asked = owner?.allowedCountries ? [owner.allowedCountries] : scopes;
      const refused = [...refusedDestinations(plan, asked, policy()), ...(await loops(reads, id, plan, { collection: 'plans', id, record: plan }))];
      also(reads.unchanged);
      return issuesOfPlan(refused);
    },
    async number(number, record, also) {
      const reads = createReads(store);
      const customer = await customerOf(reads, record.customer);
      const otherwise = customer?.defaultPlan ?? (await providerDefault(reads));
      await named(reads, { id: record.plan, otherwise, at: '/plan', allowed: allowedFor(number, customer), also }, { collection: 'numbers', id: number, record });
    },
    async customer(id, customer, also) {
      const reads = createReads(store);
      await named(reads, { id: customer.defaultPlan, otherwise: await providerDefault(reads), at: '/defaultPlan', allowed: customer.allowedCountries, also }, { collection: 'customers', id, record: customer });
    },
    provider: (provider, also) => named(createReads(store), { id: provider.defaultPlan, at: '/defaultPlan', allowed: undefined, also }, { collection: 'provider', id: 'provider', record: provider }),
  };
}
