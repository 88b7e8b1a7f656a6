/** What is owed to subscribers is put down with the change that owes it: all of it, once, and nothing while there is nobody to be told. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { callId, OUTCOME_RANK, type Call, type CallClaim } from '../../src/domain/call.ts';
import type { Owed } from '../../src/domain/owed.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { eachWorld } from '../support/each-world.ts';
import { CRM, owed as readAll } from '../support/owed.ts';
import { put } from '../support/world.ts';
import { arrival, claim, START } from './claims.ts';

const here = eachWorld(async ({ store }) => void (await put(store, 'subscribers', 'crm', CRM)));

const owed = () => readAll(here.world.redis);

const TOLD: readonly string[] = ['missed', 'lost', 'voicemail', 'answered'];

/** What one claim changes of what can be told of its call. */
function news(before: Call | undefined, after: Call | undefined, { at }: CallClaim): Owed[] {
  if (!after) return [];
  const was = before && TOLD.includes(before.outcome) ? { was: before.outcome } : {};
  const entry = { call: after.id, is: after.outcome, ...was, at };
  const isKnownNow = after.route !== undefined && before?.route === undefined;
  if (TOLD.includes(after.outcome)) return before?.outcome !== after.outcome || isKnownNow ? [entry] : [];
  return after.outcome === 'returned' && 'was' in was ? [entry] : [];
}

const claims = fc.array(claim, { minLength: 1, maxLength: 10 });

test('claims in any order owe each change of what a call has come to, and nothing else', async () => {
  const calls = createCallStore(here.world.redis);
  await fc.assert(fc.asyncProperty(claims, async (given) => {
    await here.server.flush();
    await put(here.world.store, 'subscribers', 'crm', CRM);
    const expected: Owed[] = [];
    for (const each of given) {
      const id = callId(each.carrier, each.ref);
      const before = await calls.find(id);
      await calls.record([each]);
      expected.push(...news(before, await calls.find(id), each));
    }
    expect(await owed()).toEqual(expected);
  }), { numRuns: 60 });
});

test('claims that come together, or again, owe what they owe one after the other', async () => {
  const calls = createCallStore(here.world.redis);
  await fc.assert(fc.asyncProperty(claims, async (given) => {
    const runs: Owed[][] = [];
    for (const parts of [given.map((each) => [each]), [given], [given, given]]) {
      await here.server.flush();
      await put(here.world.store, 'subscribers', 'crm', CRM);
      for (const part of parts) await calls.record(part);
      runs.push(await owed());
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  }), { numRuns: 30 });
});

test('what was owed last is what the call has come to', async () => {
  const calls = createCallStore(here.world.redis);
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ carrier: fc.constant('main'), ref: fc.constant('CA1'), at: fc.constant(START), arrival, outcome: claim.map(({ outcome }) => outcome ?? { is: 'missed' as const, rank: OUTCOME_RANK.closedUnanswered }) }), { minLength: 1, maxLength: 6 }), async (given) => {
    await here.server.flush();
    await put(here.world.store, 'subscribers', 'crm', CRM);
    await calls.record(given);
    const call = await calls.find('main:CA1');
    const last = (await owed()).at(-1);
    if (last !== undefined || TOLD.includes(call?.outcome ?? '')) expect(last).toMatchObject({ call: 'main:CA1', is: call?.outcome });
  }), { numRuns: 30 });
});

test('while there is no subscriber nothing is owed, neither of calls nor of commits', async () => {
  const { redis, store } = here.world;
  const draft = createDraft();
  draft.remove('subscribers', 'crm', CRM);
  await store.commit(draft);
  const told = createDraft();
  told.owe({ call: 'main:CA1', is: 'missed', at: START });
  expect(await store.commit(told)).toHaveProperty('revision');
  await createCallStore(redis).record([{ carrier: 'main', ref: 'CA1', at: START, outcome: { is: 'missed', rank: OUTCOME_RANK.nobodyAnswered } }]);
  expect(await redis.exists(keys.owed)).toBe(0);
});

test('a commit owes what it says, in its order; one that is refused owes nothing', async () => {
  const { store } = here.world;
  const refused = createDraft();
  refused.expect('customers', 'nobody', 'present');
  refused.owe({ call: 'main:CA0', is: 'missed', at: START });
  expect(await store.commit(refused)).toHaveProperty('failed');
  const taken = createDraft();
  const entries: Owed[] = [{ call: 'main:CA1', is: 'missed', at: START }, { event: 'diversion.started', primary: 'pbx', at: START, data: { primary: 'pbx' } }];
  for (const entry of entries) taken.owe(entry);
  await store.commit(taken);
  expect(await owed()).toEqual(entries);
});

test('a call is recorded all the same when what is owed cannot be put down', async () => {
  const { redis } = here.world;
  await redis.set(keys.owed, 'no stream');
  const calls = createCallStore(redis);
  const refused = await calls.record([{ carrier: 'main', ref: 'CA1', at: START, outcome: { is: 'missed', rank: OUTCOME_RANK.nobodyAnswered } }]);
  expect(refused).toHaveLength(1);
  expect(await calls.find('main:CA1')).toMatchObject({ outcome: 'missed' });
});
