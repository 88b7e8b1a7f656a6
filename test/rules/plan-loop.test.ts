/** Loops of any length, over defaults and SIP addresses; and destinations that fall together with their primary. */
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { callSteps } from '../../rules/call-steps.ts';
import { numberOf } from '../../rules/dialled-number.ts';
import { effectivePlan } from '../../rules/effective-plan.ts';
import { leadsBack, numbersAhead, type PlanOfNumber } from '../../rules/plan-loop.ts';
import { hasSameFate } from '../../rules/same-fate.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { isDial } from '../../src/domain/step.ts';
import { down, facts, PBX, planOf } from './facts.ts';

const number = (at: number): string => `+4420794601${String(at).padStart(2, '0')}`;
const plansOf = (plans: Record<string, string[]>, numbers: Record<string, string>): PlanOfNumber => (one) => {
  const id = numbers[one];
  return id === undefined ? undefined : { id, plan: { destinations: (plans[id] ?? []).map((to) => ({ to })) } };
};

describe('a destination leads back', () => {
  const chain = (length: number): PlanOfNumber => {
    const plans = Object.fromEntries(Array.from({ length }, (_, at) => [`p${at}`, [number((at + 1) % length)]]));
    return plansOf(plans, Object.fromEntries(Array.from({ length }, (_, at) => [number(at), `p${at}`])));
  };
  test.each([1, 2, 3, 10, 50])('over %i numbers', (length) => {
    expect(leadsBack(number(1 % length), 'p0', chain(length), 100)).toBe(true);
  });

  it.each([
    ['a number that is not ours', '+447400123456', false],
    ['a number of ours whose plan goes elsewhere', number(1), false],
    ['a number of ours that has this very plan', number(2), true],
    ['a SIP address whose user is such a number', `sip:${number(2)}@carrier.example.net`, true],
    ['the same without plus', `sip:${number(2).slice(1)}@carrier.example.net;user=phone`, true],
    ['the same, escaped', `sip:%2B${number(2).slice(1)}@carrier.example.net`, true],
    ['a voicemail', 'voicemail', false],
  ])('%s: %s %s', (_what, to, back) => {
    const numbers = plansOf({ home: [], away: ['+447400123456', 'voicemail'] }, { [number(1)]: 'away', [number(2)]: 'home' });
    expect(leadsBack(to, 'home', numbers, 100)).toBe(back);
  });

  it('when it goes over more numbers than are followed', () => {
    expect(leadsBack(number(1), 'elsewhere', chain(50), 50)).toBe(false);
    expect(leadsBack(number(1), 'elsewhere', chain(50), 49)).toBe(true);
  });
});

/** Small worlds, so that loops are as common as their absence. */
const world = fc.record({
  plans: fc.array(fc.array(fc.oneof(fc.integer({ min: 0, max: 7 }).map(number), fc.integer({ min: 0, max: 7 }).map((at) => `sip:${number(at)}@carrier.example.net`), fc.constant('voicemail')), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
  /** Each number's own plan, or none: then its customer's, or the provider's. */
  own: fc.array(fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), { minLength: 8, maxLength: 8 }),
  customerOf: fc.array(fc.constantFrom('acme', 'globex'), { minLength: 8, maxLength: 8 }),
  defaults: fc.record({ acme: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), globex: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), provider: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }) }),
});

const idOf = (at: number | undefined) => (at === undefined ? {} : { plan: `p${at}` });
const defaultOf = (at: number | undefined) => (at === undefined ? {} : { defaultPlan: `p${at}` });

it('in any graph of plans, numbers and defaults no call that follows the dialled steps comes to the same plan twice', () => {
  fc.assert(fc.property(world, ({ plans, own, customerOf, defaults }) => {
    const planOfId = (id: string): Plan | undefined => {
      const destinations = plans[Number(id.slice(1))];
      return destinations && { destinations: destinations.map((to) => ({ to })) };
    };
    const chosenFor: PlanOfNumber = (one) => {
      const at = Number(one.slice(-2));
      const customer = customerOf[at];
      if (!one.startsWith('+4420794601') || customer === undefined) return undefined;
      return effectivePlan({ number: { customer, ...idOf(own[at]) }, customer: defaultOf(defaults[customer]), provider: defaultOf(defaults.provider), planOf: planOfId }).chosen;
    };
    const dialled = (one: string): string[] => {
      const chosen = chosenFor(one);
      if (!chosen) return [];
      const refusedBy = (to: string) => (leadsBack(to, chosen.id, chosenFor, 100) ? ('loop' as const) : undefined);
      const plan = planOfId(chosen.id);
      return plan ? callSteps(facts({ plan: { ...planOf([]), id: chosen.id, plan }, primary: { id: 'pbx', settings: PBX, state: down } }, { number: one, refusedBy })).steps.filter(isDial).map(({ to }) => to) : [];
    };
    const follow = (one: string, way: readonly string[]): void => {
      const id = chosenFor(one)?.id;
      if (id === undefined) return;
      expect(way).not.toContain(id);
      for (const to of dialled(one)) follow(numberOf(to) ?? '', [...way, id]);
    };
    for (let at = 0; at < 8; at += 1) follow(number(at), []);
  }), { numRuns: 2000 });
});

describe('same fate', () => {
  const primary = { id: 'pbx', target: 'sip:+442079460123@pbx.example.net:5060;transport=tls' };
  it.each([
    ['sip:desk@pbx.example.net', true], ['SIP:desk@PBX.EXAMPLE.NET:5070', true], ['sips:desk@pbx.example.net', true], ['sip:desk@backup.example.net', false],
    [number(1), true], [`sip:${number(1)}@carrier.example.net`, true], [number(2), false], ['+447400123456', false], ['voicemail', false],
  ])('%s: %s', (to, same) => {
    const primaryOf = (one: string): string | undefined => ({ [number(1)]: 'pbx', [number(2)]: 'other' })[numberOf(one) ?? ''];
    expect(hasSameFate(to, primary, primaryOf)).toBe(same);
  });

  it('is left out while the primary is diverted, and only then', () => {
    const destinations = [{ to: 'sip:desk@pbx.example.net' }, { to: number(1) }, { to: '+447400123456' }];
    const dialled = (state: typeof down) => callSteps(facts({ plan: planOf(destinations), primary: { id: 'pbx', settings: PBX, state } }, { primaryOf: (to) => (to === number(1) ? 'pbx' : undefined) })).steps.filter(isDial).map(({ to }) => to);
    expect(dialled(down)).toEqual(['+447400123456']);
    expect(dialled({ ...down, is: 'up' })).toHaveLength(4);
  });
});

test('a number that would fall to a plan closes a loop exactly when it is ahead of that plan', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const graph = fc.record({
    plans: fc.tuple(...ids.map(() => fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }))),
    owners: fc.array(fc.constantFrom(...ids, undefined), { minLength: 6, maxLength: 6 }),
    who: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(graph, ({ plans, owners, who }) => {
      const destinations = (id: string): { to: string }[] => (plans[ids.indexOf(id)] ?? []).map((at) => ({ to: number(at) }));
      const planOfNumber = (fallen: boolean): PlanOfNumber => (one) => {
        const id = fallen && one === number(who) ? 'a' : owners[Number(one.slice(-2))];
        return id === undefined ? undefined : { id, plan: { destinations: destinations(id) } };
      };
      fc.pre(!destinations('a').some(({ to }) => leadsBack(to, 'a', planOfNumber(false), 100)));
      const closes = destinations('a').some(({ to }) => leadsBack(to, 'a', planOfNumber(true), 100));
      expect(numbersAhead({ destinations: destinations('a') }, planOfNumber(false), 100).has(number(who))).toBe(closes);
    }),
  );
});
