/** Where a document that leads a call to a target is kept. */
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { documentFor, isDocumentOf } from '../../src/carriers/safety-net-url.ts';
import { CarrierSchema } from '../../src/domain/carrier.ts';
import { ACCOUNT } from '../support/world.ts';

const phone = { kind: 'phone', number: '+447400123456' } as const;
const sip = { kind: 'sip', uri: 'sip:desk@pbx.example.net;transport=tls' } as const;

it.each([
  ['https://twimlets.com/forward?PhoneNumber={number}', phone, 'https://twimlets.com/forward?PhoneNumber=%2B447400123456'],
  ['https://twimlets.com/forward?PhoneNumber={number}', sip, undefined],
  ['https://static.example.net/{uri}.xml', sip, 'https://static.example.net/sip%3Adesk%40pbx.example.net%3Btransport%3Dtls.xml'],
  ['https://static.example.net/{uri}.xml', phone, undefined],
  ['https://net.example/?n={number}&u={uri}', phone, 'https://net.example/?n=%2B447400123456&u='],
  [undefined, phone, undefined],
] as const)('%s', (template, target, url) => {
  expect(documentFor(template, target)).toEqual(url === undefined ? undefined : { kind: 'web', url });
  expect(documentFor(template, { kind: 'web', url: 'https://calls.example.net/' })).toBeUndefined();
  if (url !== undefined) expect(isDocumentOf(template, url)).toBe(true);
});

it.each([
  ['https://net.example/?n={number}', 'https://net.example/?n=%2B447400123457', true],
  ['https://net.example/?n={number}', 'https://net.example/?n=%2B447400123457&Timeout=20', false],
  ['https://net.example/?n={number}', 'https://net.example/xn=%2B447400123457', false],
  ['https://net.example/{number}.xml', 'https://net.example/%2B447400123457axml', false],
  ['https://net.example/{number}.xml', 'https://net.example/of/%2B447400123457.xml', false],
  [undefined, '', false],
] as const)('%s has %s: %s', (template, url, has) => {
  expect(isDocumentOf(template, url)).toBe(has);
});

it.each([
  ['https://twimlets.com/forward?PhoneNumber={number}', true], ['https://static.example.net/{uri}.xml', true], ['https://net.example/?n={number}&u={uri}', true],
  ['http://net.example/{number}', false], ['https://net.example/', false], ['https://net.example/{target}', false], ['https://net.example/{number', false], ['https://{number}/', false], ['https://net.example/{number} x', false],
])('%s is taken: %s', (safetyNetUrl, taken) => {
  expect(Value.Check(CarrierSchema, { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN' }, safetyNetUrl })).toBe(taken);
});
