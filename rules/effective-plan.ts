/** Which plan a number has: its own, else its customer's default, else the provider's; and in which time zone its hours are read. */
import type { Customer, Provider } from '../src/domain/customer.ts';
import type { NumberRecord } from '../src/domain/number.ts';
import type { Plan } from '../src/domain/plan.ts';
import { isTimeZone } from './zone.ts';

export type PlanFrom = 'number' | 'customer' | 'provider';

export interface PlanFacts {
  number: Pick<NumberRecord, 'customer' | 'plan'>;
  customer: Pick<Customer, 'defaultPlan' | 'timeZone'> | undefined;
  provider: Pick<Provider, 'defaultPlan' | 'timeZone'> | undefined;
  /** The plan of that id; undefined when it was deleted or cannot be read. */
  planOf(id: string): Plan | undefined;
}

export interface EffectivePlan {
  plan: Plan;
  id: string;
  from: PlanFrom;
}

/** A plan that was named but could not be used. */
export interface PassedOver {
  id: string;
  from: PlanFrom;
  why: 'missing' | 'foreign';
}

export interface PlanChoice {
  /** Undefined: the number is unprotected. */
  chosen: EffectivePlan | undefined;
  timeZone: string;
  passedOver: readonly PassedOver[];
}

function timeZoneOf(...wishes: readonly (string | undefined)[]): string {
  return wishes.find((name) => name !== undefined && isTimeZone(name)) ?? 'UTC';
}

export function effectivePlan(facts: PlanFacts): PlanChoice {
  const { number, customer, provider } = facts;
  const wishes: readonly (readonly [PlanFrom, string | undefined])[] = [['number', number.plan], ['customer', customer?.defaultPlan], ['provider', provider?.defaultPlan]];
  const passedOver: PassedOver[] = [];
  for (const [from, id] of wishes) {
    if (id === undefined) continue;
    const plan = facts.planOf(id);
    if (plan === undefined) {
      passedOver.push({ id, from, why: 'missing' });
    } else if (plan.customer !== undefined && plan.customer !== number.customer) {
      passedOver.push({ id, from, why: 'foreign' });
    } else {
      return { chosen: { plan, id, from }, timeZone: timeZoneOf(plan.timeZone, customer?.timeZone, provider?.timeZone), passedOver };
    }
  }
  return { chosen: undefined, timeZone: timeZoneOf(customer?.timeZone, provider?.timeZone), passedOver };
}
