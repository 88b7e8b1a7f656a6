/** What docs/carriers/twilio.md says is set at Twilio is what we set, and its documents are ones that Twilio plays. */
import { expect, test } from 'vitest';
import { wantedWiring } from '../../src/carriers/twilio/wiring.ts';
import { WEBHOOK_VERBS } from '../../src/calls/webhook-address.ts';
import { readTwiml } from '../../stand-ins/twilio/twiml.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/carriers/twilio.md');
const wanted = wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' });

test('the fields of a number and their values', () => {
  const rows = tableOf(page, 'field').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wanted.number).map(([field, value]) => [`\`${field}\``, value]));
});

test("the trunk's disaster recovery URL, whose method is POST", () => {
  expect(page).toContain(`\n    ${wanted.trunk['disasterRecoveryUrl']}\n`);
  expect(wanted.trunk['disasterRecoveryMethod']).toBe('POST');
});

test('every address that Twilio calls', () => {
  expect(tableOf(page, 'address').map(([address]) => address)).toEqual(WEBHOOK_VERBS.map((verb) => `\`/webhooks/{carrier}/${verb}\``));
});

test('the static documents are played without a fault', () => {
  const documents = blocksOf(page, 'xml');
  expect(documents).not.toEqual([]);
  for (const body of documents) expect(readTwiml({ status: 200, contentType: 'text/xml', body, bytes: Buffer.byteLength(body) }, 'caller')).toHaveProperty('verbs');
});
