/** Facts of a call for the tests of the rules: a quiet day, from which each test departs. */
import * as fc from 'fast-check';
import type { CallFacts, RouteFacts } from '../../rules/call-facts.ts';
import type { Destination, Plan } from '../../src/domain/plan.ts';
import { LEG_ENDS, type LegEnd, type LegResult } from '../../src/domain/leg.ts';
import { PRIMARY_STATES } from '../../src/domain/primary-states.ts';
import type { PrimaryState } from '../../src/domain/primary.ts';

export const NUMBER = '+442079460123';
export const MOBILE = '+447400123456';
export const SECOND = '+447400123457';
export const DESK = 'sip:desk@backup.example.net';
/** A Monday, 10:00 in London. */
export const MONDAY_10 = Date.parse('2026-11-16T10:00:00Z');

export const PBX = { kind: 'pbx', target: 'sip:{number}@pbx.example.net' } as const;
export const up: PrimaryState = { is: 'up', since: 0 };
export const down: PrimaryState = { is: 'down', since: 1000, diversion: 'd1' };

export function planOf(destinations: Destination[], more: Partial<Plan> = {}): NonNullable<RouteFacts['plan']> {
  return { id: 'night', from: 'number', plan: { customer: 'acme', destinations, ...more } };
}

export function facts(route: Partial<RouteFacts> = {}, more: Partial<CallFacts> = {}): CallFacts {
  return {
    number: NUMBER,
    route: { customer: 'acme', primary: { id: 'pbx', settings: PBX, state: up }, plan: planOf([{ to: MOBILE }, { to: DESK }, { to: 'voicemail' }]), timeZone: 'Europe/London', ...route },
    passage: 'fresh',
    at: MONDAY_10,
    activeCalls: () => 0,
    refusedBy: () => undefined,
    primaryOf: () => undefined,
    ...more,
  };
}

export function result(end: LegEnd): LegResult {
  return { end, cause: end === 'failed' ? 'down' : 'user' };
}

/** Few addresses, so that repeats, the called number and the primary's own address turn up often. */
const address = fc.constantFrom(MOBILE, SECOND, DESK, NUMBER, 'sip:desk@backup.example.net;transport=tls', `sip:${NUMBER}@pbx.example.net`, `SIP:${NUMBER}@PBX.example.net`, 'voicemail', 'announcement');
const destination: fc.Arbitrary<Destination> = fc.record({
  to: address,
  ringSeconds: fc.integer({ min: 5, max: 120 }),
  screen: fc.boolean(),
  maxCalls: fc.integer({ min: 1, max: 3 }),
  hours: fc.constantFrom('24/7', 'Mo-Fr 09:00-17:30', 'Sa,Su 10:00-14:00', 'off', 'whenever'),
  say: fc.constant('Hello'),
}, { requiredKeys: ['to'] });

const plan = fc.record({
  destinations: fc.array(destination, { minLength: 1, maxLength: 10 }),
  language: fc.constantFrom('de-DE', 'en-GB'),
  followOn: fc.subarray<'busy' | 'no-answer'>(['busy', 'no-answer']),
  failOpen: fc.boolean(),
}, { requiredKeys: ['destinations'] });

const routeFacts: fc.Arbitrary<RouteFacts> = fc.record({
  customer: fc.constant('acme'),
  primary: fc.option(fc.constantFrom(...PRIMARY_STATES).map((is) => ({ id: 'pbx', settings: PBX, state: { is, since: 0 } })), { nil: undefined }),
  plan: fc.option(fc.record({ id: fc.constant('night'), from: fc.constantFrom('number' as const, 'customer' as const, 'provider' as const), plan }), { nil: undefined, freq: 6 }),
  timeZone: fc.constantFrom('Europe/London', 'America/New_York'),
});

export const callFacts: fc.Arbitrary<CallFacts> = fc.record({
  number: fc.constant(NUMBER),
  route: fc.option(routeFacts, { nil: undefined, freq: 12 }),
  passage: fc.oneof({ weight: 4, arbitrary: fc.constant('fresh' as const) }, { weight: 1, arbitrary: fc.constantFrom('passed' as const, 'returned' as const) }),
  at: fc.integer({ min: MONDAY_10, max: MONDAY_10 + 7 * 86_400_000 }),
  refusedBy: fc.subarray([MOBILE, SECOND, DESK]).map((refused) => (to: string) => (refused.includes(to) ? ('prefix' as const) : undefined)),
  primaryOf: fc.subarray([MOBILE, SECOND]).map((ours) => (to: string) => (ours.includes(to) ? 'pbx' : undefined)),
  activeCalls: fc.dictionary(fc.constantFrom(MOBILE, SECOND, DESK), fc.nat(3)).map((counts) => (to: string) => counts[to] ?? 0),
});

export const legEnd = fc.constantFrom(...LEG_ENDS);
