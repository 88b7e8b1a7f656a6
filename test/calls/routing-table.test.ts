/** The routing table against a naive model that keeps every record as it was last readable. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoutingTable, type RoutingTable } from '../../src/calls/routing-table.ts';
import type { NumberRecord } from '../../src/domain/number.ts';
import { INITIAL_STATE } from '../../src/domain/primary.ts';
import { encodePayload, type Records } from '../../src/store/codec.ts';
import type { Collection } from '../../src/store/keys.ts';

interface Change {
  collection: Collection;
  id: string;
  /** Undefined removes it; `garbage` is unreadable. */
  record: Records[Collection] | 'garbage' | undefined;
}

const id = fc.constantFrom('a', 'b', 'c');
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const changeOf = <C extends Collection>(collection: C, ids: fc.Arbitrary<string>, record: fc.Arbitrary<Records[C]>): fc.Arbitrary<Change> =>
  fc.record({ collection: fc.constant(collection), id: ids, record: fc.oneof({ weight: 6, arbitrary: record }, { weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant('garbage' as const) }) });

const defined = <T extends object>(record: T): T => JSON.parse(JSON.stringify(record)) as T;
const numberRecord = fc
  .record({ customer: id, primary: id, carrier: id, plan: some(id), divertBy: some(fc.constant('call' as const)), carrierRef: some(fc.constantFrom('PN1', 'PN2')) })
  .map((record) => defined(record) as NumberRecord);
const number = fc.integer({ min: 0, max: 30 }).map((extension) => `+4420794${61_000 + extension}`);

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: changeOf('numbers', number, numberRecord) },
  changeOf('plans', id, fc.record({ destinations: fc.constantFrom([{ to: 'voicemail' }], [{ to: '+447400123456' }]) })),
  changeOf('primaries', id, fc.record({ kind: fc.constant('pbx' as const), target: fc.constantFrom('sip:a.example.net', 'sip:b.example.net') })),
  changeOf('states', id, fc.record({ is: fc.constantFrom('up' as const, 'down' as const), since: fc.nat() })),
  changeOf('customers', id, fc.record({ name: fc.constantFrom('A', 'B') })),
  changeOf('provider', fc.constant('provider'), fc.record({ name: fc.constantFrom('A', 'B') })),
);

const payloadOf = ({ collection, record }: Change): string | undefined => (record === undefined ? undefined : record === 'garbage' ? '{"nonsense":' : encodePayload(collection, record));

function expectSame(table: RoutingTable, model: ReadonlyMap<string, Records[Collection]>): void {
  const of = (collection: Collection) => [...model].filter(([subject]) => subject.startsWith(`${collection}/`)).map(([subject, record]) => [subject.slice(collection.length + 1), record] as const);
  const numbers = of('numbers').map(([key, record]) => {
    const { carrierRef: _ref, ...shared } = record as NumberRecord;
    return [key, shared] as const;
  });
  expect(table.numberCount).toBe(numbers.length);
  for (const [key, record] of numbers) expect(table.number(key)).toEqual(record);
  for (const [key, record] of of('plans')) expect(table.plan(key)).toEqual(record);
  for (const [key, record] of of('primaries')) expect(table.primary(key)).toEqual(record);
  for (const [key, record] of of('customers')) expect(table.customer(key)).toEqual(record);
  for (const key of ['a', 'b', 'c']) expect(table.state(key)).toEqual(model.get(`states/${key}`) ?? INITIAL_STATE);
  expect(table.provider()).toEqual(model.get('provider/provider') ?? {});
  for (const collection of ['plans', 'primaries', 'customers'] as const) expect([...table.ids(collection)].toSorted()).toEqual(of(collection).map(([key]) => key).toSorted());
  expectRulesShared(table, numbers.map(([, record]) => record));
}

/** Each set of numbers that share everything is one rule, counted; no rule is left that no number has. */
function expectRulesShared(table: RoutingTable, records: readonly object[]): void {
  const counted = new Map<string, number>();
  for (const record of records) counted.set(sorted(record), (counted.get(sorted(record)) ?? 0) + 1);
  const seen = new Map<string, number>();
  table.eachRule((rule, count) => {
    expect(seen.has(sorted(rule))).toBe(false);
    seen.set(sorted(rule), count);
  });
  expect(seen).toEqual(counted);
}

const sorted = (record: object): string => JSON.stringify(Object.entries(record).map(([name, value]) => `${name}=${value}`).toSorted());

describe('the routing table', () => {
  it('holds what a naive model holds, and the last good state of what became unreadable', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 150 }), (changes) => {
      const table = createRoutingTable();
      const model = new Map<string, Records[Collection]>();
      for (const one of changes) {
        const subject = `${one.collection}/${one.id}`;
        const readable = table.apply(one.collection, one.id, payloadOf(one));
        expect(readable).toBe(one.record !== 'garbage');
        if (one.record === undefined) model.delete(subject);
        else if (one.record !== 'garbage') model.set(subject, one.record);
      }
      expectSame(table, model);
    }));
  });

  it('is the same whatever came before the last change of each record', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const readable = changes.filter(({ record }) => record !== 'garbage');
      const last = new Map(readable.map((one) => [`${one.collection}/${one.id}`, one]));
      const walked = createRoutingTable();
      for (const one of readable) walked.apply(one.collection, one.id, payloadOf(one));
      const model = new Map([...last].flatMap(([subject, { record }]) => (record === undefined || record === 'garbage' ? [] : [[subject, record] as const])));
      expectSame(walked, model);
      const straight = createRoutingTable();
      for (const one of last.values()) straight.apply(one.collection, one.id, payloadOf(one));
      expectSame(straight, model);
    }));
  });

  it.each(['', 'tab\tless', '\ta\tb', '\ta\tb\tc\td\te\tf', '\tA\tb\tc\t\t', '\ta\tb\tc\t\tfax', '\t\t\t\t\t'])('refuses the payload %j of a number and keeps what it had', (payload) => {
    const table = createRoutingTable();
    const good = { customer: 'a', primary: 'b', carrier: 'c' };
    table.apply('numbers', '+442079460123', encodePayload('numbers', good));
    expect(table.apply('numbers', '+442079460123', payload)).toBe(false);
    expect(table.number('+442079460123')).toEqual(good);
    expectRulesShared(table, [good]);
  });

  it.each(['442079460123', '+0442079460', '+1234567890123456', '+123456', '', '+44 20', '__proto__'])('refuses %j as the name of a number', (name) => {
    const table = createRoutingTable();
    expect(table.apply('numbers', name, encodePayload('numbers', { customer: 'a', primary: 'b', carrier: 'c' }))).toBe(false);
    expect(table.number(name)).toBeUndefined();
    expect(table.numberCount).toBe(0);
  });
});
