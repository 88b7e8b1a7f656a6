/** What docs/carriers/vonage.md says is set at Vonage is what we set. */
import { expect, test } from 'vitest';
import { NUMBER_FIELDS } from '../../src/carriers/vonage/fields.ts';
import { wantedWiring } from '../../src/carriers/vonage/wiring.ts';
import { readNcco } from '../../stand-ins/vonage/ncco.ts';
import { read, tableOf } from '../support/tree.ts';

const page = read('docs/carriers/vonage.md');
const [wiring = '', diverted = ''] = page.split('## What is set when a number is diverted');

test('the fields of a wired number and their values', () => {
  const rows = tableOf(wiring, 'field').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number).map(([field, value]) => [`\`${field}\``, value]));
});

test('all fields that are sent with each change', () => {
  for (const field of NUMBER_FIELDS) expect(diverted).toContain(`\`${field}\``);
});

test('the example of a document is one that Vonage plays', () => {
  expect(readNcco('application/json', /`(\[\{.*?\}\])`/.exec(page)?.[1] ?? '')).toHaveProperty('actions');
});
