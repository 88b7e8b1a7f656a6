/** Claims about a few calls, in all their parts, for properties. */
import * as fc from 'fast-check';
import { OUTCOME_RANK, type CallClaim, type Outcome } from '../../src/domain/call.ts';
import { LEG_ENDS } from '../../src/domain/leg.ts';

export const START = 1_700_000_000_000;
export const at = fc.integer({ min: START, max: START + 20 });
const ref = fc.constantFrom('CA1', 'CA2', 'CA3');
const customer = fc.constantFrom('acme', 'globex', undefined);
export const arrival = fc
  .record({ number: fc.constantFrom('+442079460123', '+442079460124', ''), from: fc.constantFrom('+447700900123', 'anonymous', 'x'), customer, route: fc.constantFrom('primary-first' as const, 'plan' as const), protected: fc.boolean() })
  .map(({ customer: owner, ...rest }) => ({ ...rest, ...(owner === undefined ? {} : { customer: owner, primary: 'pbx' }) }));
const outcomes: readonly [Outcome, number][] = [
  ['answered', OUTCOME_RANK.closedConnected],
  ['missed', OUTCOME_RANK.closedUnanswered],
  ['missed', OUTCOME_RANK.nobodyAnswered],
  ['lost', OUTCOME_RANK.nobodyReachable],
  ['returned', OUTCOME_RANK.cameBack],
  ['voicemail', OUTCOME_RANK.messageLeft],
  ['answered', OUTCOME_RANK.bridged],
];
const outcome = fc.record({ of: fc.constantFrom(...outcomes), by: fc.constantFrom('primary', 'd1', undefined) }).map(({ of: [is, rank], by }) => ({ is, rank, ...(by === undefined ? {} : { by }) }));
const leg = fc.record({ position: fc.nat({ max: 11 }), step: fc.constantFrom('primary', 'd1'), to: fc.constantFrom('+447400123456', 'sip:a@b.example'), result: fc.record({ end: fc.constantFrom(...LEG_ENDS), cause: fc.constantFrom('user' as const, 'down' as const) }) });
export const claim: fc.Arbitrary<CallClaim> = fc.record(
  { carrier: fc.constantFrom('main', 'second'), ref, at, arrival, leg, outcome, voicemail: fc.record({ ref: fc.constantFrom('RE1', 'RE2'), seconds: fc.nat({ max: 3 }) }), ended: fc.record({ status: fc.constantFrom('completed', 'busy'), seconds: fc.nat({ max: 3 }) }) },
  { requiredKeys: ['carrier', 'ref', 'at'] },
);
