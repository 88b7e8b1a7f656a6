/** The readiness of all numbers: what is alike is judged once, and comes to the same as if each were judged by itself. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadinessReason } from '../../rules/readiness.ts';
import type { RoutingTable } from '../../src/calls/routing-table.ts';
import { itemsOf, summaryOf, type Wanted } from '../../src/readiness/view.ts';
import { sortedInSlices } from '../../src/readiness/slices.ts';
import type { Survey } from '../../src/readiness/survey.ts';
import { ACCOUNT } from '../support/world.ts';
import { apply, MOBILE, surveyOf, tableOfTwo } from './surveyed.ts';

const london = (at: number): string => `+4420794${61_000 + at}`;
const newYork = (at: number): string => `+1212555${2000 + at}`;
const ALL: Wanted = { scoped: false };

/** By number, as the provider sees it. */
function troubles(survey: Survey, table: RoutingTable, wanted: Wanted = ALL): Record<string, readonly ReadinessReason[]> {
  return Object.fromEntries(itemsOf(survey, table, wanted, undefined, 1000).items.map(({ number, readiness }) => [number, readiness.reasons]));
}

function number(table: RoutingTable, id: string, more: { customer?: string; primary?: string; carrier?: string; plan?: string; divertBy?: 'call' | 'number' | 'trunk' } = {}): void {
  apply(table, 'numbers', id, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', ...more });
}

describe('a survey', () => {
  it('judges together what is alike, and apart the number that its own plan leads to, and numbers of another country', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: london(3) }] });
    // A number of ours of another primary is a backup; for itself it is none.
    for (let at = 0; at < 50; at += 1) number(table, london(at), at === 3 ? { primary: 'other', plan: 'desk' } : { plan: 'desk' });
    for (let at = 0; at < 5; at += 1) number(table, newYork(at));
    apply(table, 'plans', 'last', { destinations: [{ to: 'voicemail' }] });
    apply(table, 'numbers', london(3), { customer: 'acme', primary: 'other', carrier: 'main', plan: 'last' });
    const survey = await surveyOf(table);
    expect(survey.groups.map(({ count }) => count).toSorted((one, other) => one - other)).toEqual([1, 5, 49]);
    const { numbers, problems, primaries } = summaryOf(survey, table, ALL);
    expect(numbers).toEqual({ all: 55, answered: 50, passing: 0, atRisk: 49 });
    expect(problems).toEqual([{ reason: 'policy', numbers: 5, calls: 0 }, { reason: 'capacity', numbers: 49, calls: 0 }]);
    expect(primaries.map(({ id }) => id)).toEqual(['pbx']);
    expect(troubles(survey, table)[newYork(2)]).toEqual(['policy']);
  });

  it('knows the one number among many to which its own plan leads', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: london(3) }] });
    for (const at of [1, 2, 3, 4]) number(table, london(at));
    const survey = await surveyOf(table);
    expect(troubles(survey, table)).toEqual({ [london(1)]: ['loop'], [london(2)]: ['loop'], [london(3)]: ['itself'], [london(4)]: ['loop'] });
    expect(summaryOf(survey, table, ALL).problems).toEqual([{ reason: 'loop', numbers: 3, calls: 0 }, { reason: 'itself', numbers: 1, calls: 0 }]);
  });

  it('says what stands in the way of a number that its carrier asks us for, or that we set there', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: MOBILE }, { to: 'voicemail' }] });
    apply(table, 'plans', 'mail', { destinations: [{ to: 'voicemail' }] });
    const named = (...ids: string[]) => ids.map((_, at) => london(at));
    const [asked, missing, stray, toldNot, conflict, refused, net, mail, onTrunk] = named('asked', 'missing', 'stray', 'told-not', 'conflict', 'refused', 'net', 'mail', 'on-trunk') as [string, string, string, string, string, string, string, string, string];
    for (const one of [asked, missing, stray]) number(table, one);
    number(table, toldNot, { carrier: 'told' });
    for (const one of [conflict, refused, net]) number(table, one, { carrier: 'told', divertBy: 'number' });
    number(table, mail, { carrier: 'told', divertBy: 'number', plan: 'mail' });
    number(table, onTrunk, { divertBy: 'trunk' });
    const notes = new Map<string, { carrier: string; reasons: ReadinessReason[] }>([
      [missing, { carrier: 'main', reasons: ['not-at-carrier'] }],
      [stray, { carrier: 'main', reasons: ['forwarded'] }],
      [conflict, { carrier: 'told', reasons: ['conflict', 'forwarded'] }],
      [refused, { carrier: 'told', reasons: ['carrier-refuses'] }],
      [net, { carrier: 'told', reasons: ['safety-net'] }],
      // It was at another carrier then.
      [asked, { carrier: 'told', reasons: ['conflict'] }],
    ]);
    expect(troubles(await surveyOf(table, { notes }), table)).toEqual({
      [missing]: ['not-at-carrier'],
      [stray]: ['forwarded'],
      [toldNot]: ['carrier-cannot'],
      [conflict]: ['conflict'],
      [refused]: ['carrier-refuses'],
      [net]: ['safety-net'],
      [mail]: ['carrier-cannot', 'no-safety-net'],
      [onTrunk]: ['no-safety-net'],
    });
    expect(Object.keys(troubles(await surveyOf(table, { refusing: ['told'] }), table))).toEqual([toldNot, conflict, refused, net, mail, onTrunk]);
    const unreachable = await surveyOf(table, { baseUrl: 'http://localhost:8080' });
    expect(summaryOf(unreachable, table, ALL).problems.find(({ reason }) => reason === 'not-public')?.numbers).toBe(3);
    apply(table, 'customers', 'acme', { name: 'Acme', defaultPlan: 'desk' });
    table.apply('carriers', 'main', undefined);
    expect(troubles(await surveyOf(table), table)[onTrunk]).toEqual(['carrier-unknown']);
  });

  it('says of a number that its carrier asks us for no more than that its fallback is not as it should be, and reads of those alone that have one', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: MOBILE }] });
    for (const at of [1, 2]) number(table, london(at));
    const notes = new Map<string, { carrier: string; reasons: ReadinessReason[] }>([[london(1), { carrier: 'main', reasons: ['conflict'] }], [london(2), { carrier: 'main', reasons: ['carrier-refuses'] }]]);
    const read: string[] = [];
    const noted = { read: (_: unknown, units: readonly { unit: string }[]) => { read.push(...units.map(({ unit }) => unit)); return Promise.resolve({ notes, refusing: new Set<string>() }); } };
    expect(troubles(await surveyOf(table, { noted }), table)).toEqual({ [london(1)]: ['safety-net'] });
    expect(read).toEqual([]);
    apply(table, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN' }, safetyNetUrl: 'https://net.example/?n={number}' });
    await surveyOf(table, { noted });
    expect(new Set(read)).toEqual(new Set([london(1), london(2)]));
  });

  it('tells a customer nothing of what others have', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: london(9) }, { to: 'sip:desk@pbx.example.net' }] });
    apply(table, 'plans', 'busy', { destinations: [{ to: MOBILE, maxCalls: 1 }] });
    apply(table, 'plans', 'mail', { destinations: [{ to: 'voicemail' }] });
    number(table, london(0));
    number(table, london(1), { plan: 'busy' });
    number(table, london(8), { customer: 'globex', plan: 'busy' });
    number(table, london(9), { customer: 'globex', plan: 'mail' });
    const survey = await surveyOf(table);
    expect(troubles(survey, table)).toEqual({ [london(0)]: ['same-fate'], [london(1)]: ['capacity'], [london(8)]: ['capacity'] });
    expect(troubles(survey, table, { customer: 'acme', scoped: true })).toEqual({ [london(0)]: ['provider'] });
    expect(summaryOf(survey, table, { customer: 'acme', scoped: true })).toMatchObject({ numbers: { all: 2, answered: 1, atRisk: 0 }, customers: [{ id: 'acme' }] });
  });

  it('weighs by calls, and one customer by its own', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: MOBILE }] });
    number(table, london(0));
    number(table, london(1), { plan: 'gone' });
    number(table, london(2), { customer: 'globex', plan: 'gone' });
    const sample = { total: 8, sampled: 8, byNumber: new Map([[london(0), 3], [london(1), 1], [london(2), 3], [london(77), 1]]) };
    const survey = await surveyOf(table, { sample: () => Promise.resolve(sample) });
    expect(summaryOf(survey, table, ALL)).toMatchObject({ calls: { all: 7, answered: 3 }, problems: [{ reason: 'no-plan', numbers: 2, calls: 4 }] });
    const own = { total: 4, sampled: 4, byNumber: new Map([[london(0), 6], [london(1), 2], [london(2), 9]]) };
    expect(summaryOf(survey, table, { customer: 'acme', scoped: true }, own).calls).toEqual({ all: 8, answered: 6, passing: 0, atRisk: 0 });
  });

  it('comes to the same as if each number were judged by itself, and names them all in order, page by page', async () => {
    const some = fc.integer({ min: 0, max: 12 });
    const id = fc.oneof(some.map(london), some.map(newYork));
    // Few, so that most numbers share theirs with others.
    const rules = fc.array(fc.record({ customer: fc.constantFrom('acme', 'globex'), primary: fc.constantFrom('pbx', 'other', 'gone', 'odd'), carrier: fc.constantFrom('main', 'told', 'gone'), plan: fc.constantFrom('a', 'b', 'c', 'gone'), divertBy: fc.constantFrom('call' as const, 'number' as const, 'trunk' as const) }), { minLength: 1, maxLength: 3 });
    const all = rules.chain((given) => fc.array(fc.record({ id, rule: fc.constantFrom(...given) }), { maxLength: 40 }));
    const to = fc.oneof(fc.constantFrom(MOBILE, 'voicemail', 'announcement', 'sip:desk@pbx.example.net', `sip:desk@${london(2).slice(1)}.example.net`), some.map(london));
    const destinations = fc.uniqueArray(to, { minLength: 1, maxLength: 3 }).map((places) => places.map((each) => ({ to: each })));
    const run = fc.asyncProperty(all, fc.array(destinations, { minLength: 3, maxLength: 3 }), fc.array(some), async (numbers, plans, noted) => {
      const table = tableOfTwo();
      apply(table, 'primaries', 'odd', { kind: 'pbx', target: 'sip:desk@{number}.example.net' });
      apply(table, 'customers', 'globex', { name: 'Globex', allowedCountries: ['GB'] });
      plans.forEach((places, at) => apply(table, 'plans', 'abc'.charAt(at), { destinations: places }));
      for (const one of numbers) number(table, one.id, one.rule);
      const survey = await surveyOf(table, { notes: new Map(noted.map((at) => [london(at), { carrier: 'main', reasons: ['forwarded' as const, 'conflict' as const] }])) });
      const ids = [...new Set(numbers.map((one) => one.id))];
      const alone = new Map(ids.map((each) => [each, survey.judge(each, table.number(each) ?? { customer: '', primary: '', carrier: '' }).provider]));
      const { numbers: tally, problems } = summaryOf(survey, table, ALL);
      expect(tally).toEqual({ all: ids.length, answered: [...alone.values()].filter((each) => each.answered).length, passing: 0, atRisk: [...alone.values()].filter((each) => each.answered && each.reasons.length > 0).length });
      const reasons = [...alone.values()].flatMap((each) => each.reasons);
      expect(Object.fromEntries(problems.map((each) => [each.reason, each.numbers]))).toEqual(Object.fromEntries([...new Set(reasons)].map((reason) => [reason, reasons.filter((each) => each === reason).length])));
      const paged: string[] = [];
      for (let page = itemsOf(survey, table, ALL, undefined, 3); ; page = itemsOf(survey, table, ALL, page.next, 3)) {
        paged.push(...page.items.map((item) => item.number));
        if (!page.next) break;
      }
      const key = (each: string): string => `${table.number(each)?.customer} ${each.slice(1).padStart(20, '0')}`;
      expect(paged).toEqual(ids.filter((each) => (alone.get(each)?.reasons.length ?? 0) > 0).toSorted((left, right) => (key(left) < key(right) ? -1 : 1)));
    });
    await fc.assert(run, { numRuns: 60 });
  });

  it('is made of few judgements, whatever the numbers are, and lets others have their turn', async () => {
    const table = tableOfTwo();
    apply(table, 'plans', 'desk', { destinations: [{ to: MOBILE, hours: 'off' }] });
    for (let at = 0; at < 30_000; at += 1) table.apply('numbers', `+44207${1_000_000 + at}`, '\tacme\tpbx\tmain\tdesk\t');
    let turns = 0;
    const survey = await surveyOf(table, { breathe: () => { turns += 1; return undefined; } });
    expect(survey.groups).toHaveLength(1);
    expect(turns).toBeGreaterThan(200);
    expect(survey.troubled.get('acme')).toHaveLength(30_000);
    expect(itemsOf(survey, table, { ...ALL, primary: 'other' }, undefined, 10)).toMatchObject({ items: [], next: { customer: 'acme' } });
  });
});

it('what is sorted in slices is sorted', async () => {
  const run = fc.asyncProperty(fc.array(fc.integer(), { maxLength: 4000, size: 'max' }), async (items) => {
    expect(await sortedInSlices(items, (one, other) => one - other, () => undefined)).toEqual(items.toSorted((one, other) => one - other));
  });
  await fc.assert(run, { numRuns: 20 });
});
