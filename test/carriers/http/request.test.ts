/** Whatever a value is, it stays one: the structure of a request is that of its description. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { at } from '../../../src/carriers/http/pointer.ts';
import { requestOf } from '../../../src/carriers/http/request.ts';
import type { HttpApi, HttpRequest } from '../../../src/domain/http-api.ts';
import { parseXml } from '../../../stand-ins/xml.ts';
import { PATHS } from './described.ts';

const API: HttpApi = { ...PATHS.api, fields: { to: { at: '/to' }, on: { at: '/on', type: 'boolean' }, ring: { at: '/ring', type: 'number' }, none: { at: '/none', unset: null } } };
const value = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: fc.constantFrom('"', "'", '&', '<', '>', '{', '}', '%', '/', '?', '#', '=', '+', '\\', '\n', ' ', 'a'), minLength: 1 }));
const made = (request: HttpRequest, values: Record<string, string>) => requestOf(API, request, new Map(Object.entries(values)));

it('in a path and a query', () => {
  fc.assert(fc.property(value, (text) => {
    const url = new URL(`https://api.example${made({ method: 'GET', path: '/a/x{ref}/b', query: { q: '{ref}', fixed: '1' } }, { ref: text }).path}`);
    expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'a', `x${text}`, 'b']);
    expect([...url.searchParams]).toEqual([['q', text], ['fixed', '1']]);
  }));
});

it('in a form', () => {
  fc.assert(fc.property(value, (text) => {
    expect([...new URLSearchParams(made({ method: 'POST', path: '/', body: { form: { to: 'x{to}y', fixed: '1' } } }, { to: text }).body)]).toEqual([['to', `x${text}y`], ['fixed', '1']]);
  }));
});

it('in JSON, with the types of the fields', () => {
  fc.assert(fc.property(value, fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((ring) => ring + 0), (to, on, ring) => {
    const body = { json: { a: [{ to: '{to}', also: 'sip:{to}', on: '{on}', ring: '{ring}', none: '{none}', fixed: 1 }, null, true] } };
    const sent = made({ method: 'PUT', path: '/', body }, { to, on: String(on), ring: String(ring), none: '' });
    expect(JSON.parse(sent.body ?? '')).toEqual({ a: [{ to, also: `sip:${to}`, on, ring: Number(String(ring)), none: null, fixed: 1 }, null, true] });
    expect(sent.headers).toEqual({ 'content-type': 'application/json' });
  }));
});

it('in XML, in content and in attributes of either quote', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', "'", '&', '<', '>', '{', '}', ']', 'a', 'é', '😀'), minLength: 1 }), (to) => {
    const parsed = parseXml(made({ method: 'PUT', path: '/', body: { xml: `<a one="{to}" two='{to}'>{to}</a>` } }, { to }).body ?? '');
    expect(parsed).toMatchObject({ root: { name: 'a', attributes: { one: to, two: to }, text: to, children: [] } });
  }));
});

it('a placeholder without a value is a fault, not an empty text', () => {
  expect(() => made({ method: 'GET', path: '/{ref}' }, {})).toThrow('has no value');
});

it.each([['', { a: 1 }], ['/a', 1], ['/a~1b/~0', 2], ['/list/1', 'y'], ['/missing', undefined], ['/a/b', undefined], ['/__proto__', undefined]] as const)('the pointer %s', (pointer, found) => {
  const document = pointer === '' ? { a: 1 } : { a: 1, 'a/b': { '~': 2 }, list: ['x', 'y'] };
  expect(at(document, pointer)).toEqual(found);
});
