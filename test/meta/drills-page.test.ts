/** docs/drills.md says what may become of a test call, why one is not made, which limits there are and who can call, as it is. */
import { expect, test } from 'vitest';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { HELD_BACK, TEST_RESULTS, TestTimesSchema } from '../../src/domain/drill.ts';
import { read, tableOf } from '../support/tree.ts';

const page = read('docs/drills.md');
const bare = (text = ''): string => text.replaceAll('`', '');

test('what becomes of a test call, and how it is measured', () => {
  expect(tableOf(page, 'is').map(([is, means]) => [bare(is), means])).toEqual(Object.entries(TEST_RESULTS));
  expect(tableOf(page, 'time').map(([time]) => bare(time))).toEqual(Object.keys(TestTimesSchema.properties));
});

test('why a destination is not called', () => {
  expect(tableOf(page, 'reason').map(([reason, , means]) => [bare(reason), means])).toEqual(Object.entries(HELD_BACK));
});

test('the limits, as they come', () => {
  const { drills } = shippedPolicy();
  for (const [field, value] of tableOf(page, 'field')) expect(String(drills[bare(field) as keyof typeof drills])).toBe(bare(value));
});

test('which carriers can call', () => {
  const named = tableOf(page, 'carrier').flatMap(([carrier = '', says = '']) => carrier.split(', ').map((one) => [bare(one).toLowerCase().replace('.', ''), !says.includes('not told')] as const));
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(Object.entries(CARRIER_PARTS).map(([kind, { calls }]) => [kind, calls !== undefined])));
});
