/** What docs/carriers/signalwire.md says is set at SignalWire is what we set, and its document is one that SignalWire plays. */
import { expect, test } from 'vitest';
import { signalwireRouting } from '../../src/carriers/signalwire/routing.ts';
import { wantedWiring } from '../../src/carriers/signalwire/wiring.ts';
import { readCxml } from '../../stand-ins/signalwire/cxml.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/carriers/signalwire.md');
const [wiring = '', diverted = ''] = page.split('## What is set when a number is diverted');

test('the fields of a wired number and their values', () => {
  const rows = tableOf(wiring, 'field').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number).map(([field, value]) => [`\`${field}\``, value]));
});

test('the fields of a diverted number', () => {
  const set = signalwireRouting.divertedTo('number', { callHandler: '' }, [{ kind: 'web', url: 'our address' }]);
  const rows = tableOf(diverted, 'field').map(([field = '', value = '']) => [field, value.startsWith('nothing') ? '' : value.replaceAll('`', '')]);
  expect(rows).toEqual(Object.entries(set).map(([field, value]) => [`\`${field}\``, value]));
});

test('the static document is played without a fault', () => {
  const documents = blocksOf(page, 'xml');
  expect(documents).toHaveLength(1);
  for (const body of documents) expect(readCxml('text/xml', body)).toHaveProperty('verbs');
});
