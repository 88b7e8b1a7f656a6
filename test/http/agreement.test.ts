/** Two validators judge a record: the API's when it comes, the store's when it is read. What the first lets in, the second must know. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyRecord } from '../store/records.ts';
import { openApi, type Api, type Json } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const digits = (length: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: 10 ** length - 1 }).map((value) => String(value).padStart(length, '0'));
const oneOf = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
/** Moments, most of them a little wrong. */
const moment = fc
  .tuple(oneOf('2026', '2099', '0000', '99'), oneOf('02', '11', '13'), oneOf('01', '28', '29', '30', '31'), oneOf('T', 't', ' ', ''), digits(2), oneOf('00', '59', '60'), oneOf('00', '59', '60', '61'), oneOf('', '.1', '.123456789', '.1234567890', ','), oneOf('Z', 'z', '+00:00', '-23:59', '+24:00', '+0530', ''))
  .map(([year, month, day, t, hour, minute, second, part, zone]) => `${year}-${month}-${day}${t}${hour}:${minute}:${second}${part}${zone}`);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 220 }), fc.string({ unit: 'grapheme', minLength: 195, maxLength: 205 }), fc.constantFrom('', ' ', '\u0000', '\ud800', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(40)));

const without = ({ defaultPlan: _plan, customer: _customer, hash: _hash, createdAt: _createdAt, ...rest }: Json): Json => rest;
const given: [path: string, bodies: fc.Arbitrary<Json>][] = [
  ['/v1/customers/any', fc.tuple(anyRecord.customers, text).map(([record, name]) => ({ ...without(record), name }))],
  ['/v1/primaries/any', fc.tuple(anyRecord.primaries, text, fc.string({ unit: 'binary', maxLength: 20 })).map(([record, name, rest]) => ({ ...record, name, target: `sip:${rest}` }))],
  ['/v1/plans/any', fc.tuple(anyRecord.plans, text).map(([record, name]) => ({ name, ...without(record), destinations: [{ to: 'voicemail', say: name }] }))],
  ['/v1/carriers/any', fc.tuple(anyRecord.carriers, text, fc.string({ unit: 'binary', maxLength: 20 })).map(([record, authToken, rest]) => ({ ...record, baseUrl: `https://${rest}`, credentials: { ...record.credentials, authToken } }))],
  ['/v1/keys/any', fc.tuple(anyRecord.keys, moment).map(([record, expiresAt]) => ({ ...without(record), expiresAt }))],
];

test.each(given)('%s: what is taken is there, and can be sent back', async (path, bodies) => {
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const put = await api.as('admin', 'PUT', path, body);
      expect([200, 201, 400, 422], JSON.stringify(put.body)).toContain(put.status);
      if (put.status >= 400) return;
      const read = await api.as('admin', 'GET', path);
      expect([read.status, read.body['etag']], JSON.stringify(body)).toEqual([200, put.body['etag']]);
      const back = await api.as('admin', 'PUT', path, read.body);
      expect([back.status, back.body['etag']]).toEqual([200, put.body['etag']]);
      // A key that is taken has an end that can be told.
      if (typeof read.body['expiresAt'] === 'string') expect(Date.parse(read.body['expiresAt'])).not.toBeNaN();
    }),
    { numRuns: 150 },
  );
});
