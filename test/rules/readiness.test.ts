/** Would a number be answered if its primary failed now: each reason with an example to read, then what holds for every number and plan. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callSteps } from '../../rules/call-steps.ts';
import { routeIfDown, desiredRoute, type RoutingFacts } from '../../rules/desired-route.ts';
import { forCustomer, readiness, READINESS_REASONS, type Readiness, type ReadinessFacts, type ReadinessReason } from '../../rules/readiness.ts';
import type { CallFacts } from '../../rules/call-facts.ts';
import { callFacts, DESK, down, facts, MOBILE, MONDAY_10, NUMBER, PBX, planOf, SECOND, up } from './facts.ts';

const of = (call: CallFacts, more: Partial<ReadinessFacts> = {}): ReadinessFacts => ({ call, atCarrier: [], behind: () => 1, most: 20, ...more });
const inPlan = (...destinations: Parameters<typeof planOf>[0]): CallFacts => facts({ plan: planOf(destinations) });

/** The carrier is told, by default only telephone numbers. */
function told(call: CallFacts, more: Partial<RoutingFacts> = {}): ReadinessFacts {
  const { number, route, refusedBy, primaryOf } = call;
  const routing: RoutingFacts = { number, primary: route?.primary, plan: route?.plan, refusedBy, primaryOf, can: ['phone'], net: ['phone'], takes: () => true, most: 3, ownAddress: undefined, ...more };
  return of(call, { routing: { ifDown: routeIfDown(routing), now: desiredRoute(routing) } });
}

const answered = (...reasons: ReadinessReason[]): Readiness => ({ answered: true, passing: false, reasons });
const not = (...reasons: ReadinessReason[]): Readiness => ({ answered: false, passing: false, reasons });
const notNow = (...reasons: ReadinessReason[]): Readiness => ({ answered: false, passing: true, reasons });

const EXAMPLES: readonly (readonly [string, ReadinessFacts, Readiness])[] = [
  ['a plan with somebody in it', of(facts()), answered()],
  ['a voicemail alone', of(inPlan({ to: 'voicemail' })), answered()],
  ['its primary is down already', of(facts({ primary: { id: 'pbx', settings: PBX, state: down } })), answered()],
  ['no plan', of(facts({ plan: undefined })), not('no-plan')],
  ['an announcement alone', of(inPlan({ to: 'announcement' })), not('announcement-only')],
  ['what is refused', of({ ...inPlan({ to: MOBILE }), refusedBy: () => 'country' }), not('policy')],
  ['what leads back', of({ ...inPlan({ to: SECOND }), refusedBy: () => 'loop' }), not('loop')],
  ['itself', of(inPlan({ to: NUMBER })), not('itself')],
  ['the host of its primary', of(inPlan({ to: 'sip:desk@pbx.example.net' })), not('same-fate')],
  ['a number of ours of the same primary', of({ ...inPlan({ to: SECOND }), primaryOf: () => 'pbx' }), not('same-fate')],
  ['the same, with a voicemail behind', of(inPlan({ to: 'sip:desk@pbx.example.net' }, { to: 'voicemail' })), answered()],
  ['several reasons, each once', of({ ...inPlan({ to: NUMBER }, { to: MOBILE }, { to: SECOND }), refusedBy: (to) => (to === NUMBER ? undefined : 'prefix') }), not('policy', 'itself')],
  ['never open', of(inPlan({ to: MOBILE, hours: 'off' })), not('never-open')],
  ['hours that cannot be read', of(inPlan({ to: MOBILE, hours: 'whenever' })), not('never-open')],
  ['closed now', of(inPlan({ to: MOBILE, hours: 'Sa 10:00-14:00' })), notNow('closed')],
  ['closed now, and the rest refused: it is answered at other hours', of({ ...inPlan({ to: MOBILE, hours: 'Sa 10:00-14:00' }, { to: SECOND }), refusedBy: (to) => (to === SECOND ? 'prefix' : undefined) }), notNow('closed')],
  ['full now', of({ ...inPlan({ to: MOBILE, maxCalls: 2 }), activeCalls: () => 2 }), notNow('full')],
  ['room for one call and many numbers', of(inPlan({ to: MOBILE, maxCalls: 1 }), { behind: () => 2 }), answered('capacity')],
  ['the same, with a voicemail behind', of(inPlan({ to: MOBILE, maxCalls: 1 }, { to: 'voicemail' }), { behind: () => 2 }), answered()],
  ['more numbers than one telephone is for', of(inPlan({ to: MOBILE }), { behind: () => 21 }), answered('capacity')],
  ['nobody was reached by a drill', of(inPlan({ to: MOBILE }, { to: SECOND }), { proof: () => 'dead' }), not('dead')],
  ['the same, with a voicemail behind', of(inPlan({ to: MOBILE }, { to: 'voicemail' }), { proof: () => 'dead' }), answered('unproven')],
  ['one was not reached, and the other never tried', of(inPlan({ to: MOBILE }, { to: SECOND }), { proof: (to) => (to === MOBILE ? 'dead' : 'unproven') }), answered('unproven')],
  ['one is proven, and that is enough', of(inPlan({ to: MOBILE }, { to: SECOND }), { proof: (to) => (to === MOBILE ? 'unproven' : 'proven') }), answered()],
  ['a voicemail alone needs no proof', of(inPlan({ to: 'voicemail' }), { proof: () => 'unproven' }), answered()],
  ['not in the account', of(facts(), { atCarrier: ['not-at-carrier'] }), not('not-at-carrier')],
  ['forwarded there, and no plan', of(facts({ plan: undefined }), { atCarrier: ['forwarded'] }), not('no-plan', 'forwarded')],
  ['a conflict', of(facts(), { atCarrier: ['conflict'] }), not('conflict')],
  ['a safety net that cannot be set', of(facts(), { atCarrier: ['safety-net'] }), answered('safety-net')],
  ['the carrier is told a telephone', told(facts()), answered()],
  ['the carrier knows telephones alone', told(inPlan({ to: DESK }, { to: 'voicemail' }), { net: [] }), not('carrier-cannot', 'no-safety-net')],
  ['the carrier asks us then', told(inPlan({ to: DESK }, { to: 'voicemail' }), { can: ['web'], net: ['web'], ownAddress: 'https://calls.example.net/', ownNet: 'https://calls.example.net/' }), answered('no-safety-net')],
  ['the carrier is told one that is closed, and not the one that is open', told(inPlan({ to: MOBILE, hours: 'Sa 10:00-14:00' }, { to: DESK })), not('carrier-cannot')],
  ['the carrier is told, and its primary has no record', told(facts({ primary: undefined })), not('primary-unknown')],
];

describe('readiness', () => {
  it.each(EXAMPLES)('%s', (_name, given, verdict) => {
    expect(readiness(given)).toEqual(verdict);
  });

  it('tells a key of its customer nothing of carriers, nor of what belongs to others', () => {
    expect(forCustomer(not('policy', 'conflict', 'safety-net'), false)).toEqual(not('policy', 'provider'));
    expect(forCustomer(not('not-at-carrier', 'carrier-refuses'), false)).toEqual(not('provider'));
    expect(forCustomer(not('same-fate'), true)).toEqual(not('provider'));
    expect(forCustomer(not('same-fate'), false)).toEqual(not('same-fate'));
    expect(forCustomer(answered('capacity', 'no-safety-net'), false)).toEqual(answered('capacity'));
  });

  it('answered means: with the primary down the call has a step that is more than an announcement, and else there is a reason', () => {
    const reason = fc.subarray(Object.keys(READINESS_REASONS) as ReadinessReason[], { maxLength: 1 });
    fc.assert(fc.property(callFacts, reason, fc.boolean(), fc.nat(30), (call, atCarrier, isTold, behind) => {
      const fresh: CallFacts = { ...call, passage: 'fresh' };
      const given = { ...(isTold ? told(fresh) : of(fresh)), atCarrier, behind: () => behind };
      const verdict = readiness(given);
      const stops = verdict.reasons.filter((one) => READINESS_REASONS[one].is !== 'risk');
      expect(verdict.answered).toBe(stops.length === 0);
      expect(verdict.passing).toBe(stops.length > 0 && stops.every((one) => READINESS_REASONS[one].is === 'passes'));
      const { primary } = fresh.route ?? {};
      const { steps } = callSteps(primary && fresh.route ? { ...fresh, route: { ...fresh.route, primary: { ...primary, state: down } } } : fresh);
      const somebody = steps.some(({ kind }) => kind !== 'announcement' && kind !== 'primary');
      if (verdict.answered) expect(somebody).toBe(true);
      else if (atCarrier.length === 0 && !isTold) expect(somebody).toBe(false);
      expect(forCustomer(verdict, false).answered).toBe(verdict.answered);
    }), { numRuns: 300 });
  });

  it('does not depend on the state that the primary is in now', () => {
    fc.assert(fc.property(callFacts, (call) => {
      const { primary } = call.route ?? {};
      if (!primary || !call.route) return;
      const at = (state: typeof up): Readiness => readiness(of({ ...call, passage: 'fresh', at: MONDAY_10, route: { ...call.route!, primary: { ...primary, state } } }));
      expect(at(up)).toEqual(at(down));
    }), { numRuns: 100 });
  });
});
