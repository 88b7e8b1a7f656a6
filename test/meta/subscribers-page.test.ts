/** docs/subscribers.md says what is so: its fields are those of the record, and its code tells our signatures from others. */
import { expect, test } from 'vitest';
import { BACKLOG_STANDS } from '../../rules/why-backlog.ts';
import { ENDS } from '../../src/domain/notification.ts';
import { SUBSCRIBER_DEFAULTS, SubscriberSchema } from '../../src/domain/subscriber.ts';
import { createSigner } from '../../src/posting/standard-webhooks.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/subscribers.md');
const plain = (cell = ''): string => cell.replaceAll('`', '');

test('its tables have the fields of a subscriber, the ways to stand and the ends', () => {
  const fields = tableOf(page, 'field').flatMap(([names]) => plain(names).split(', '));
  expect(fields.toSorted()).toEqual(Object.keys(SubscriberSchema.properties).filter((name) => name !== 'name').toSorted());
  expect(tableOf(page, '`is`').map(([is]) => plain(is)).toSorted()).toEqual(BACKLOG_STANDS.toSorted());
  expect(tableOf(page, '`counts`').map(([end]) => plain(end))).toEqual(ENDS);
  const { kinds: _kinds, ...numbers } = SUBSCRIBER_DEFAULTS;
  for (const [name, value] of Object.entries(numbers)) expect(tableOf(page, 'field').find(([names]) => plain(names).split(', ').includes(name))?.[2]).toContain(String(value));
});

test('its code takes what we sign, with whichever of two secrets, and nothing else', async () => {
  const [code = ''] = blocksOf(page, 'js');
  const { assertSigned } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { assertSigned(headers: Record<string, string>, body: Buffer, secret: string): void };
  const secrets = ['A', 'B'].map((letter) => `whsec_${letter.repeat(32)}`);
  const sign = createSigner(secrets.map((secret) => Buffer.from(secret.slice(6), 'base64')));
  const signedAt = (at: number) => {
    const { timestamp, signature, body } = sign('some-id', at, '{"é":1}');
    return { headers: { 'webhook-id': 'some-id', 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body };
  };
  const { headers, body } = signedAt(Date.now());
  for (const secret of secrets) expect(() => assertSigned(headers, body, secret)).not.toThrow();
  expect(() => assertSigned(headers, body, `whsec_${'C'.repeat(32)}`)).toThrow('nobody');
  expect(() => assertSigned(headers, Buffer.from('{"é":2}'), secrets[0] ?? '')).toThrow('nobody');
  const old = signedAt(Date.now() - 600_000);
  expect(() => assertSigned(old.headers, old.body, secrets[0] ?? '')).toThrow('too old');
});
