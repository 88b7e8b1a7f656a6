/** What docs/carriers/plivo.md says is set at Plivo is what we set, and its document is one that Plivo plays. */
import { expect, test } from 'vitest';
import { plivoRouting } from '../../src/carriers/plivo/routing.ts';
import { wantedWiring } from '../../src/carriers/plivo/wiring.ts';
import { readPlivoXml } from '../../stand-ins/plivo/document.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/carriers/plivo.md');
const [wiring = '', diverted = ''] = page.split('## What is set when a number is diverted');

test('the fields of a wired number and their values', () => {
  const rows = tableOf(wiring, 'field').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number).map(([field, value]) => [`\`${field}\``, value]));
});

test('the field of a diverted number', () => {
  const set = plivoRouting.divertedTo('number', {}, [{ kind: 'web', url: 'our address' }]);
  expect(tableOf(diverted, 'field')).toEqual(Object.entries(set).map(([field, value]) => [`\`${field}\``, `\`${value}\``]));
});

test('the static document is played without a fault', () => {
  const documents = blocksOf(page, 'xml');
  expect(documents).toHaveLength(1);
  for (const body of documents) expect(readPlivoXml('text/xml', body)).toHaveProperty('verbs');
});
