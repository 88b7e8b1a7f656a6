/** Whose plan counts, what is passed over, and in which time zone. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectivePlan, type PlanFacts } from '../../rules/effective-plan.ts';
import type { Plan } from '../../src/domain/plan.ts';

const plan = (customer?: string, timeZone?: string): Plan => ({ destinations: [{ to: 'voicemail' }], ...(customer === undefined ? {} : { customer }), ...(timeZone === undefined ? {} : { timeZone }) });

const PLANS: Readonly<Record<string, Plan>> = { own: plan('acme'), usual: plan('acme', 'Europe/Paris'), shared: plan(), rival: plan('rival'), odd: plan('acme', 'Mars/Base') };

function given(number?: string, customer?: string, provider?: string, zones: { customer?: string; provider?: string } = {}): PlanFacts {
  return {
    number: { customer: 'acme', ...(number === undefined ? {} : { plan: number }) },
    customer: { ...(customer === undefined ? {} : { defaultPlan: customer }), ...(zones.customer === undefined ? {} : { timeZone: zones.customer }) },
    provider: { ...(provider === undefined ? {} : { defaultPlan: provider }), ...(zones.provider === undefined ? {} : { timeZone: zones.provider }) },
    planOf: (id) => PLANS[id],
  };
}

describe('the plan', () => {
  it.each<[string, PlanFacts, string | undefined, string | undefined, string[]]>([
    ["the number's own comes first", given('own', 'usual', 'shared'), 'own', 'number', []],
    ["else the customer's default", given(undefined, 'usual', 'shared'), 'usual', 'customer', []],
    ["else the provider's default", given(undefined, undefined, 'shared'), 'shared', 'provider', []],
    ['else none: unprotected', given(), undefined, undefined, []],
    ['a missing one is passed over, and said', given('gone', 'usual'), 'usual', 'customer', ['gone missing']],
    ["another customer's is passed over, and said", given('rival', 'usual'), 'usual', 'customer', ['rival foreign']],
    ["even as the provider's default", given(undefined, 'gone', 'rival'), undefined, undefined, ['gone missing', 'rival foreign']],
  ])('%s', (_name, facts, id, from, passedOver) => {
    const choice = effectivePlan(facts);
    expect([choice.chosen?.id, choice.chosen?.from]).toEqual([id, from]);
    expect(choice.passedOver.map((one) => `${one.id} ${one.why}`)).toEqual(passedOver);
  });

  it('is there for a number whose customer and provider have no record', () => {
    expect(effectivePlan({ ...given('own'), customer: undefined, provider: undefined }).chosen?.id).toBe('own');
  });

  it("never is another customer's", () => {
    const id = fc.option(fc.constantFrom(...Object.keys(PLANS), 'gone'), { nil: undefined });
    fc.assert(fc.property(id, id, id, fc.constantFrom('acme', 'rival', 'third'), (number, customer, provider, whose) => {
      const facts = given(number, customer, provider);
      const { chosen } = effectivePlan({ ...facts, number: { ...facts.number, customer: whose } });
      expect([undefined, whose]).toContain(chosen?.plan.customer);
    }));
  });
});

describe('the time zone', () => {
  it.each<[string, PlanFacts, string]>([
    ["the plan's", given('usual', undefined, undefined, { customer: 'Europe/London', provider: 'America/New_York' }), 'Europe/Paris'],
    ["else the customer's", given('own', undefined, undefined, { customer: 'Europe/London', provider: 'America/New_York' }), 'Europe/London'],
    ["else the provider's", given('own', undefined, undefined, { provider: 'America/New_York' }), 'America/New_York'],
    ['else UTC', given('own'), 'UTC'],
    ['one that does not exist is passed over', given('odd', undefined, undefined, { customer: 'Europe/London' }), 'Europe/London'],
    ['without a plan, still known', given(undefined, undefined, undefined, { customer: 'Europe/London' }), 'Europe/London'],
  ])('%s', (_name, facts, zone) => {
    expect(effectivePlan(facts).timeZone).toBe(zone);
  });
});
