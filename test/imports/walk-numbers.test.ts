import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { walkNumbers, type NumberPage, type Walk } from '../../src/store/walk-numbers.ts';
import { eachWorld } from '../support/each-world.ts';
import { ACCOUNT, put, putSample } from '../support/world.ts';
import { londonNumber } from './support.ts';

const here = eachWorld();

async function walk(options: Walk): Promise<NumberPage[]> {
  const pages: NumberPage[] = [];
  for await (const page of walkNumbers(here.world.store, options)) pages.push(page);
  return pages;
}

/** Customers, each with as many numbers; all of them as `customer number`, in order. */
async function putNumbers(counts: readonly number[]): Promise<string[]> {
  const owners = createDraft();
  const numbers = createDraft();
  owners.put('primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' }, undefined);
  owners.put('carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TWILIO_AUTH_TOKEN' } }, undefined);
  const all: string[] = [];
  for (const [at, count] of counts.entries()) {
    const customer = `c${String(at).padStart(3, '0')}`;
    owners.put('customers', customer, { name: customer }, undefined);
    for (let one = 0; one < count; one += 1) {
      const number = londonNumber(at * 100 + one);
      numbers.put('numbers', number, { customer, primary: 'pbx', carrier: 'main' }, undefined);
      all.push(`${customer} ${number}`);
    }
  }
  for (const draft of [owners, numbers]) expect(await here.world.store.commit(draft)).toHaveProperty('revision');
  return all;
}

describe('walking all numbers', () => {
  test('gives each once, in order, in pages that are full, and goes on from any of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 7 }), { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), async (counts, limit) => {
        await here.server.flush();
        const all = await putNumbers(counts);
        const pages = await walk({ limit });
        const flat = pages.flatMap(({ entries }) => entries.map(({ number, found }) => `${'record' in found ? found.record.customer : ''} ${number}`));
        expect(flat).toEqual(all);
        expect(pages.slice(0, -1).every(({ entries, next }) => entries.length === limit && next !== undefined)).toBe(true);
        for (const [at, { next }] of pages.entries()) {
          if (!next) continue;
          const rest = await walk({ limit, after: next });
          expect(rest.flatMap(({ entries }) => entries.map(({ number }) => number))).toEqual(pages.slice(at + 1).flatMap(({ entries }) => entries.map(({ number }) => number)));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('gives one customer alone, and passes over more customers than a page of them holds', async () => {
    await putNumbers([2, ...Array.from({ length: 250 }, () => 0), 3]);
    expect((await walk({ limit: 10 })).map(({ entries }) => entries.length)).toEqual([5]);
    expect((await walk({ limit: 10, customer: 'c251' })).map(({ entries }) => entries.length)).toEqual([3]);
    expect(await walk({ limit: 10, customer: 'c001' })).toEqual([]);
  });

  test('gives a number under its own customer alone, and one that cannot be read as such', async () => {
    await putSample(here.world.store);
    await put(here.world.store, 'customers', 'before', { name: 'Before' });
    await here.world.redis.zadd(keys.index('numbers@before'), 0, '+442079460123');
    await here.world.redis.zadd(keys.index('numbers@acme'), 0, londonNumber(1), 0, londonNumber(2));
    await here.world.redis.hset(keys.home('numbers', londonNumber(1)), londonNumber(1), '1:9:x');
    const entries = (await walk({ limit: 10 })).flatMap((page) => page.entries);
    expect(entries).toMatchObject([{ number: '+442079460123', found: { record: { customer: 'acme' } } }, { number: londonNumber(1), found: { unreadable: true, revision: 9 } }]);
  });
});
