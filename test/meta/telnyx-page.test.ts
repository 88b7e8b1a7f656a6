/** What docs/carriers/telnyx.md says is set at Telnyx is what we set. */
import { expect, test } from 'vitest';
import { telnyxRouting } from '../../src/carriers/telnyx/routing.ts';
import { wantedWiring } from '../../src/carriers/telnyx/wiring.ts';
import { read, tableOf } from '../support/tree.ts';

const page = read('docs/carriers/telnyx.md');
const [wiring = '', diverted = ''] = page.split('## What is set when a number is diverted');

test('the fields of a wired number and their values', () => {
  const rows = tableOf(wiring, 'field').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number).map(([field, value]) => [`\`${field}\``, value]));
});

test('the fields of a diverted number, and of one with its safety net', () => {
  const target = { kind: 'phone', number: 'the telephone number' } as const;
  const set = [telnyxRouting.divertedTo('number', {}, [target]), telnyxRouting.armed('number', {}, target)];
  const rows = tableOf(diverted, 'field').filter(([field]) => field !== '`connection_id`');
  expect(rows.map(([field = '', ...values]) => [field, ...values.map((value) => value.replaceAll('`', ''))])).toEqual(Object.keys(set[0] ?? {}).map((field) => [`\`${field}\``, ...set.map((fields) => fields[field])]));
});
