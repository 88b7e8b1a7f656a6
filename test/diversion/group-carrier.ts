/** A carrier with numbers on groups, for the property test of groups: a number on one is not forwarded. Whoever tests sees each write before and after it is done. */
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { createRoutingTable } from '../../src/calls/routing-table.ts';
import { routingChanges, type CarrierApi, type Routing } from '../../src/carriers/api.ts';
import type { CarrierRouting } from '../../src/carriers/routing.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Sight } from '../../src/diversion/unit-facts.ts';
import { Failure } from '../../src/domain/errors.ts';

/** No records: what is asked of numbers is said by the test. */
export const NO_RECORDS: Sight = { table: createRoutingTable(), judge: createDestinationJudge(() => shippedPolicy().destinations), baseUrl: 'https://calls.example.net' };

/** What a request meets: refused for the moment, or done or not done without an answer. */
export type Fault = 'ok' | 'throttled' | 'unavailable' | 'lost' | 'done-unknown';
export const FAULTS: readonly Fault[] = ['ok', 'ok', 'throttled', 'unavailable', 'lost', 'done-unknown'];

export const groupRouting: CarrierRouting = {
  abilities: { perCall: false, number: ['phone'], group: { word: 'trunk', targets: ['phone'], safetyNet: ['phone'] }, safetyNet: [], safetyNetCatches: '', most: 1 },
  leadsTo: () => undefined,
  groupOf: ({ group }) => group || undefined,
  divertedTo(unit, _original, [target]) {
    const to = target.kind === 'phone' ? target.number : '';
    return unit === 'group' ? { target: to } : { group: '', forward: to };
  },
  armed: (_unit, _original, target) => ({ backup: target?.kind === 'phone' ? target.number : '' }),
  writes(actual, wanted) {
    const changes = routingChanges(actual, wanted).map(({ field, to }) => ({ [field]: to }));
    // All of a number by one write: of two, its calls would have nowhere to go after the first.
    return 'group' in actual && changes.length > 0 ? [Object.assign({}, ...changes) as Routing] : changes;
  },
};

export interface GroupCarrier {
  api: CarrierApi;
  numbers: Map<string, { group: string; forward: string }>;
  groups: Map<string, { target: string; backup: string }>;
  /** What the next requests meet; then all is well. */
  faults(next: readonly Fault[]): void;
  /** Where a call to the number goes. */
  callTo(number: string): string;
  on(group: string): string[];
  /** Groups that cannot be led away. */
  stubborn: Set<string>;
  writes: number;
}

/** `before` sees what is written, and gives what is to be called after it. */
export function createGroupCarrier(before: (ref: string, fields: Routing) => () => void): GroupCarrier {
  const numbers: GroupCarrier['numbers'] = new Map();
  const groups: GroupCarrier['groups'] = new Map();
  let faults: Fault[] = [];

  function meet(): Fault {
    const fault = faults.shift() ?? 'ok';
    if (fault === 'throttled') throw new Failure('carrier_throttled', 'slow down', { retryAfterSeconds: 1 });
    if (fault === 'unavailable') throw new Failure('carrier_unavailable', 'gone');
    return fault;
  }

  function apply(ref: string, fields: Routing): void {
    const group = groups.get(ref);
    if (group && fields['target'] && carrier.stubborn.has(ref)) throw new Failure('carrier_refused', 'this one cannot be led away');
    if (group) return void Object.assign(group, fields);
    const number = numbers.get(ref);
    const next = { ...number, ...fields };
    if (!number || (next.group && next.forward)) throw new Failure('carrier_refused', 'forwarded while on a trunk');
    Object.assign(number, fields);
  }

  const read = <T>(value: T | undefined): T => {
    if (meet() !== 'ok') throw new Failure('carrier_unavailable', 'gone');
    if (value === undefined) throw new Failure('carrier_number_unknown', 'no such thing');
    return value;
  };

  const carrier: GroupCarrier = {
    numbers,
    groups,
    writes: 0,
    stubborn: new Set(),
    faults: (next) => { faults = [...next]; },
    on: (group) => [...numbers].filter(([, held]) => held.group === group).map(([number]) => number),
    callTo(number) {
      const { group = '', forward = '' } = numbers.get(number) ?? {};
      return forward || groups.get(group)?.target || `pbx of ${group}`;
    },
    api: {
      findNumber: async (number) => ({ ref: number, routing: { ...read(numbers.get(number)) } }),
      readRouting: async (ref) => ({ ...read(groups.get(ref) ?? numbers.get(ref)) }),
      members: async (group) => read(groups.has(group) ? carrier.on(group) : undefined),
      async setRouting(ref, fields) {
        const fault = meet();
        carrier.writes += 1;
        const unknown = new Failure('carrier_outcome_unknown', 'no answer');
        if (fault === 'lost') throw unknown;
        const after = before(ref, fields);
        apply(ref, fields);
        after();
        if (fault === 'done-unknown') throw unknown;
        return {};
      },
      close: () => undefined,
    },
  };
  return carrier;
}
