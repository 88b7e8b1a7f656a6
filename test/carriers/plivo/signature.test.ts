/** Plivo's signatures: its own vectors, what they cover, and that the older version is not enough. */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../../../src/carriers/dialect.ts';
import { plivoDialect as dialect } from '../../../src/carriers/plivo/dialect.ts';
import { signV3 } from '../../../stand-ins/plivo/signature.ts';
import fixture from './signature-vectors.json' with { type: 'json' };

const FORM = 'application/x-www-form-urlencoded';
const V3 = 'x-plivo-signature-v3';
const NONCE = 'x-plivo-signature-v3-nonce';

type Params = Readonly<Record<string, string>>;

/** As Plivo sends it: with GET the parameters are in the query. */
function sent(method: string, url: string, params: Params, headers: Record<string, string>): { origin: string; request: WebhookRequest } {
  const { origin, pathname, search } = new URL(url);
  const form = new URLSearchParams(params).toString();
  const target = method === 'GET' && form !== '' ? `${pathname}${search}${search === '' ? '?' : '&'}${form}` : pathname + search;
  return { origin, request: { method, target, body: Buffer.from(method === 'GET' ? '' : form), headers: { 'content-type': FORM, ...headers } } };
}

const verdict = ({ origin, request }: ReturnType<typeof sent>, token: string) => dialect.verify(request, dialect.parse(request), { origins: [origin], secrets: ['another', token] }, 0);

describe.each(fixture.v3.map((vector, index) => [`${vector.method} ${index}`, vector] as const))('vector %s', (_, { method, url, params: given, nonce, authToken, signature }) => {
  const params = given as Params;
  const headers = { [V3]: signature, [NONCE]: nonce };

  it('is genuine, alone and among others', () => {
    expect(verdict(sent(method, url, params, headers), authToken)).toBe('genuine');
    expect(verdict(sent(method, url, params, { ...headers, [V3]: `AAAA, ${'A'.repeat(44)},${signature}` }), authToken)).toBe('genuine');
    expect(verdict(sent(method, url, params, { [NONCE]: nonce, 'x-plivo-signature-ma-v3': signature }), authToken)).toBe('genuine');
  });

  it('is forged when anything differs', () => {
    expect(verdict(sent(method, url, params, headers), `${authToken}x`)).toBe('forged');
    expect(verdict(sent(method, url, params, { ...headers, [NONCE]: `${nonce}1` }), authToken)).toBe('forged');
    expect(verdict(sent(method, url, params, { [V3]: signature }), authToken)).toBe('forged');
    expect(verdict(sent(method, url, { ...params, CallStatus: 'completed' }, headers), authToken)).toBe('forged');
    expect(verdict(sent(method, url.replace('signature03', 'other'), params, headers), authToken)).toBe('forged');
    expect(verdict(sent(method, `${url}${url.includes('?') ? '&' : '?'}z=1`, params, headers), authToken)).toBe('forged');
  });
});

it.each(fixture.v2.map((vector) => [vector.valid, vector] as const))('version 2, %s, is not enough: it covers neither query nor body', (valid, { url, nonce, authToken, signature }) => {
  expect(createHmac('sha256', authToken).update(url + nonce).digest('base64') === signature).toBe(valid);
  expect(verdict(sent('POST', `${url}/`, { CallUUID: 'c' }, { 'x-plivo-signature-v2': signature, 'x-plivo-signature-v2-nonce': nonce }), authToken)).toBe('unsigned');
});

describe('properties', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const params = fc.dictionary(text.filter((name) => name !== ''), text, { maxKeys: 6 });
  const query = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), text, { maxKeys: 4 });
  const url = query.map((pairs) => `https://calls.example.net/webhooks/main/step${Object.keys(pairs).length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`}`);

  it('what is signed as Plivo says is genuine, whatever it holds, and no other', () => {
    fc.assert(fc.property(url, params, params, (where, fields, others) => {
      const headers = { [V3]: signV3('token', where, fields, '42'), [NONCE]: '42' };
      expect(verdict(sent('POST', where, fields, headers), 'token')).toBe('genuine');
      // Names and values are joined without separators: what reads the same is signed the same.
      const joined = (some: Params) => Object.entries(some).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => name + value).join('');
      if (joined(fields) !== joined(others)) expect(verdict(sent('POST', where, others, headers), 'token')).toBe('forged');
    }));
  });

  it('a body that is no form is covered by nothing', () => {
    const { origin, request } = sent('POST', 'https://calls.example.net/x', {}, { [V3]: signV3('token', 'https://calls.example.net/x', {}, '42'), [NONCE]: '42' });
    expect(verdict({ origin, request }, 'token')).toBe('genuine');
    expect(verdict({ origin, request: { ...request, body: Buffer.from('{}'), headers: { ...request.headers, 'content-type': 'application/json' } } }, 'token')).toBe('forged');
  });

  it('nobody can sign with an empty token', () => {
    const headers = { [V3]: signV3('', 'https://calls.example.net/x', {}, '42'), [NONCE]: '42' };
    const { origin, request } = sent('POST', 'https://calls.example.net/x', {}, headers);
    expect(dialect.verify(request, dialect.parse(request), { origins: [origin], secrets: [''] }, 0)).toBe('forged');
  });

  it('a webhook that is sent again is known by nonce and signature', () => {
    const of = (nonce: string) => dialect.fingerprint(sent('POST', 'https://calls.example.net/x', {}, { [V3]: 'signature', [NONCE]: nonce }).request);
    expect(of('1')).toBe(of('1'));
    expect(of('1')).not.toBe(of('2'));
  });
});
