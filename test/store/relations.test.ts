/** References and indexes follow from the records: after any history of writes they are what the records say, and nothing refers to what is not there. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, Failure } from '../../src/domain/errors.ts';
import type { Records } from '../../src/store/codec.ts';
import { edit } from '../../src/store/edit.ts';
import type { Collection } from '../../src/store/keys.ts';
import { referencesOf } from '../../src/store/relations.ts';
import { assertConsistent, everything } from '../support/consistent.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ACCOUNT, DEED, openWorld, type World } from '../support/world.ts';

let server: TestRedis;
let world: World;
beforeAll(async () => {
  server = await startTestRedis();
  world = await openWorld(server.url);
});
afterAll(async () => {
  await world.close();
  await server.stop();
});

interface Write {
  collection: Collection;
  id: string;
  /** Undefined removes it. */
  record: unknown;
}

const id = fc.constantFrom('a', 'b', 'c');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const without = (record: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
const write = (collection: Collection, ids: fc.Arbitrary<string>, record: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Write> =>
  fc.record({ collection: fc.constant(collection), id: ids, record: fc.oneof({ arbitrary: record.map(without), weight: 3 }, { arbitrary: fc.constant(undefined), weight: 1 }) });

const anyWrite = fc.oneof(
  write('customers', id, fc.record({ name: fc.constantFrom('x', 'y'), defaultPlan: maybe(id) })),
  write('plans', id, fc.record({ destinations: fc.constant([{ to: 'voicemail' }]), customer: maybe(id) })),
  write('carriers', id, fc.record({ kind: fc.constant('twilio'), credentials: fc.constant({ accountSid: ACCOUNT, authToken: 'env:X' }) })),
  write('primaries', id, fc.record({ kind: fc.constant('pbx'), target: fc.constant('sip:pbx.example.net') })),
  write('keys', id, fc.record({ role: fc.constant('viewer'), hash: fc.constant('0'.repeat(64)), createdAt: fc.constant(1), customer: maybe(id) })),
  write('provider', fc.constant('provider'), fc.record({ defaultPlan: maybe(id) })),
  write('diversions', id, fc.record({ primary: id, started: fc.constant({ at: 1, by: { key: 'k', role: 'admin' }, reason: 'r' }) })),
  write('numbers', fc.constantFrom('+442079460001', '+442079460002', '+442079460003'), fc.record({ customer: id, primary: id, carrier: id, plan: maybe(id) })),
);

/** The code of the refusal, undefined when it was taken. */
async function apply({ collection, id: name, record }: Write): Promise<string | undefined> {
  try {
    await edit(world.store, { collection, id: name, action: 'test', change: () => record as Records[Collection] | undefined, customerOf: () => undefined }, DEED);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return codeOf(error);
  }
}

test('after any history, one by one or many at once, counts and indexes are what the records say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyWrite, { minLength: 20, maxLength: 80 }), fc.integer({ min: 1, max: 8 }), async (writes, atOnce) => {
      await server.flush();
      for (let from = 0; from < writes.length; from += atOnce) {
        const refused = await Promise.all(writes.slice(from, from + atOnce).map(apply));
        for (const code of refused) expect([undefined, 'in_use', 'reference_unknown']).toContain(code);
      }
      await assertConsistent(world.redis);
    }),
    { numRuns: 40 },
  );
});

test('each write is refused exactly when the records say so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyWrite, { minLength: 10, maxLength: 60 }), async (writes) => {
      await server.flush();
      for (const one of writes) {
        const before = await everything(world.redis);
        const refused = await apply(one);
        const subject = `${one.collection}/${one.id}`;
        const current = before.get(subject);
        if (one.record === undefined) {
          const used = [...before.values()].some(({ collection, record }) => referencesOf(collection, record).includes(subject));
          expect(refused, subject).toBe(current && used ? 'in_use' : undefined);
        } else {
          const known = current ? referencesOf(current.collection, current.record) : [];
          const lost = referencesOf(one.collection, one.record as Records[Collection]).some((target) => !known.includes(target) && !before.has(target));
          expect(refused, subject).toBe(lost ? 'reference_unknown' : undefined);
        }
      }
    }),
    { numRuns: 20 },
  );
});
