/** A primary on probation: offered to some calls first, and to each of them in every process and at every step. */
import { expect, test } from 'vitest';
import { createActiveLegs } from '../../src/calls/active-legs.ts';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { judgeCall } from '../../src/calls/judge-call.ts';
import { createRoutingTable, type RoutingTable } from '../../src/calls/routing-table.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { PrimaryState } from '../../src/domain/primary.ts';
import { encodePayload } from '../../src/store/codec.ts';

const NUMBER = '+442079460123';
const CALLS = Array.from({ length: 2000 }, (_, at) => `main:CA${String(at).padStart(32, '0')}`);

function tableWith(state: PrimaryState): RoutingTable {
  const table = createRoutingTable();
  table.apply('customers', 'acme', encodePayload('customers', { name: 'Acme' }));
  table.apply('primaries', 'pbx', encodePayload('primaries', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' }));
  table.apply('plans', 'desk', encodePayload('plans', { customer: 'acme', destinations: [{ to: '+447400123456' }] }));
  table.apply('states', 'pbx', encodePayload('states', state));
  table.apply('numbers', NUMBER, encodePayload('numbers', { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }));
  return table;
}

/** The calls to which the primary is offered first; behind it, and instead of it, always the plan. */
function offered(state: PrimaryState): string[] {
  const bench = { table: tableWith(state), legs: createActiveLegs(), judge: createDestinationJudge(() => shippedPolicy().destinations), at: 1_700_000_000_000, loopWindowMs: 0 };
  const arriving = { ref: '', number: NUMBER, from: '+447700900123', overSip: false, forwardedBy: [], mark: undefined, afterOurFailure: false, failedUrl: undefined, connected: false };
  return CALLS.filter((call) => {
    const { decision, route } = judgeCall(arriving, { ...bench, call });
    expect(decision.steps.map(({ kind }) => kind)).toEqual(decision.route === 'primary-first' ? ['primary', 'phone', 'announcement'] : ['phone', 'announcement']);
    expect(route?.diversion).toBe('d1');
    return decision.route === 'primary-first';
  });
}

test('a share of the calls is offered to it first, and a larger share has those of the smaller', () => {
  const at = (share: number): string[] => offered({ is: 'recovering', since: 0, share, diversion: 'd1' });
  const [few, some, all] = [at(0.05), at(0.25), at(1)];
  expect(few.length / CALLS.length).toBeCloseTo(0.05, 1);
  expect(some.length / CALLS.length).toBeCloseTo(0.25, 1);
  expect(all).toEqual(CALLS);
  expect(few.every((call) => some.includes(call))).toBe(true);
  expect(at(0.25)).toEqual(some);
  expect(offered({ is: 'down', since: 0, diversion: 'd1' })).toEqual([]);
});
