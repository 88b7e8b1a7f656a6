/** What a described API may not be, each with the place that is named; and that the documented ones may. */
import { describe, expect, it } from 'vitest';
import { checkHttpCarrier } from '../../../src/carriers/http/check.ts';
import type { Carrier } from '../../../src/domain/carrier.ts';
import type { HttpApi, HttpRequest } from '../../../src/domain/http-api.ts';
import { AUTHS, PATHS, WORDS } from './described.ts';

const [forward, failover] = PATHS.api.write as [HttpRequest, HttpRequest];
const { safetyNet: _net, ...withoutNet } = PATHS.api;
const paths = (change: Partial<HttpApi>, credentials: Carrier['credentials'] = PATHS.credentials): Carrier => ({ ...PATHS, credentials, api: { ...PATHS.api, ...change } });
const first = (change: Partial<HttpRequest>): Carrier => paths({ write: [{ ...forward, ...change }, failover] });
const xml = (text: string): Carrier => paths({ write: [forward, { method: 'PUT', path: '/numbers/{ref}/failover', body: { xml: text } }] });
const divert = (set: Record<string, string>, more: object = {}): Carrier => paths({ divert: { phone: { set, ...more } } });

describe('is taken', () => {
  it.each<[string, Carrier]>([
    ['the documented one with paths', PATHS],
    ['the documented one with words', WORDS],
    ['Basic', paths({ auth: AUTHS.basic }, { user: 'office', secret: 'env:X' })],
    ['a signature', paths({ auth: AUTHS.hmac }, { user: 'office', secret: 'env:X' })],
    ['XML', xml('<?xml version="1.0"?>\n<failover to="{failover}" as=\'x\'><n>{failover}</n></failover>')],
    ['a list in one answer', paths({ list: { method: 'GET', path: '/numbers', list: '/numbers' } })],
    ['a list by offsets', paths({ list: { method: 'GET', path: '/numbers/{offset}', list: '/numbers', ref: '/id' } })],
    ['a carrier without a safety net', { ...PATHS, api: withoutNet }],
    ['a field in a query', paths({ write: [{ method: 'POST', path: '/numbers/{ref}', query: { to: '{forwarding.to}', on: '{forwarding.enabled}' } }, failover] })],
  ])('%s', (_, carrier) => {
    expect(checkHttpCarrier(carrier)).toEqual([]);
  });
});

describe('is refused', () => {
  it.each<[at: string, detail: string, Carrier]>([
    ...['https://', 'https://a b.example', 'https://api.example/v1?key=x', 'https://api.example/?', 'https://u:p@api.example', 'https://api.example/#x'].map((baseUrl): [string, string, Carrier] => ['/baseUrl', 'no address', { ...PATHS, baseUrl }]),
    ['/api/auth/header', 'is needed', paths({ auth: { by: 'header' } })],
    ['/api/auth/header', 'has no meaning', paths({ auth: { by: 'bearer', header: 'X-Key' } })],
    ['/api/auth/header', 'Host is not for this', paths({ auth: { by: 'header', header: 'Host' } })],
    ['/api/auth/sign', 'is needed', paths({ auth: { by: 'hmac', header: 'X-Sig' } })],
    ['/api/auth/sign', 'has no meaning', paths({ auth: { by: 'bearer', sign: '{body}' } })],
    ['/api/auth/sign', '{secret} cannot stand here', paths({ auth: { by: 'hmac', header: 'X-Sig', sign: '{secret}' } })],
    ['/api/list', '{page} and {offset}', paths({ list: { method: 'GET', path: '/numbers', query: { page: '{page}', offset: '{offset}' }, list: '' } })],
    ['/api/list/next', 'is needed', paths({ list: { method: 'GET', path: '/numbers', query: { after: '{cursor}' }, list: '' } })],
    ['/api/list/next', 'has no meaning', paths({ list: { method: 'GET', path: '/numbers', next: '/next', list: '' } })],
    ['/api/list/firstPage', 'has no meaning', paths({ list: { method: 'GET', path: '/numbers', firstPage: 0, list: '' } })],
    ['/api/list/path', '{ref} cannot stand here', paths({ list: { method: 'GET', path: '/numbers/{ref}', list: '' } })],
    ['/api/fields/page', 'is something else', paths({ fields: { ...PATHS.api.fields, page: { at: '/page' } } })],
    ['/credentials/user', 'is needed', paths({ auth: { by: 'basic' } })],
    ['/credentials/user', 'is needed', paths({ auth: AUTHS.hmac })],
    ['/credentials/user', 'is needed', { ...WORDS, credentials: { secret: 'env:X' } }],
    ['/api/number/country', 'is needed', paths({ number: { at: '/n', as: 'national' } })],
    ['/api/number/country', 'no ISO 3166', paths({ number: { at: '/n', as: 'national', country: 'ZZ' } })],
    ['/api/number/country', 'has no meaning', paths({ number: { at: '/n', country: 'US' } })],
    ['/api/read/path', '{number} cannot stand here; only {ref}', paths({ read: { method: 'GET', path: '/numbers/{number}' } })],
    ['/api/read/path', 'a brace', paths({ read: { method: 'GET', path: '/numbers/{ref' } })],
    ['/api/read/path', 'a brace', paths({ read: { method: 'GET', path: '/numbers/{ref+1}' } })],
    ['/api/read/path', 'dots', paths({ read: { method: 'GET', path: '/numbers/../{ref}' } })],
    ['/api/read/path', 'dots', paths({ read: { method: 'GET', path: '/numbers/%2E%2e/{ref}' } })],
    ['/api/read/body', 'GET has no body', paths({ read: { method: 'GET', path: '/n/{ref}', body: { form: { a: 'b' } } } })],
    ['/api/read/query/key', '{secret} cannot stand here', paths({ auth: { by: 'body' }, read: { method: 'GET', path: '/n/{ref}', query: { key: '{secret}' } } })],
    ['/api/write/0/body/json', '{secret} cannot stand here', first({ body: { json: [{ key: '{secret}', to: '{forwarding.to}', on: '{forwarding.enabled}' }] } })],
    ['/api/write/0/body', 'is one of', first({ body: { ...forward.body, form: { a: 'b' } } })],
    ['/api/write/0/body/json', 'nested deeper', first({ body: { json: JSON.parse(`${'['.repeat(30)}"{forwarding.to}{forwarding.enabled}"${']'.repeat(30)}`) as unknown } })],
    ['/api/write/0/path', '{forwarding.to} cannot stand here', first({ path: '/numbers/{ref}/{forwarding.to}' })],
    ['/api/write/0/headers/Authorization', 'made from', first({ headers: { Authorization: 'x' } })],
    ['/api/write/0/headers/X-Note', 'other than those of ASCII', first({ headers: { 'X-Note': 'a\r\nb' } })],
    ['/api/write/0/headers/X:Note', 'no name of a header', first({ headers: { 'X:Note': 'a' } })],
    ['/api/write/0/headers/X-To', '{forwarding.to} cannot stand here', first({ headers: { 'X-To': '{forwarding.to}' } })],
    ['/api/write/1', 'sets no field', paths({ write: [forward, { method: 'PUT', path: '/numbers/{ref}/failover' }] })],
    ['/api/fields/failover', 'could not be put back', paths({ write: [forward] })],
    ['/api/fields/failover', 'only one may set it', paths({ write: [forward, failover, failover] })],
    ['/api/fields/ref', 'is something else', paths({ fields: { ...PATHS.api.fields, ref: { at: '/ref' } } })],
    ['/api/divert', 'neither', paths({ divert: {} })],
    ['/api/divert/phone/set/other', 'there is no field', divert({ other: '{target}' })],
    ['/api/divert/phone/set', '{target} is in none', divert({ 'forwarding.enabled': 'true' })],
    ['/api/divert/phone/set/forwarding.enabled', 'is a boolean', divert({ 'forwarding.enabled': 'yes', 'forwarding.to': '{target}' })],
    ['/api/divert/phone/set/forwarding.enabled', 'cannot say where', divert({ 'forwarding.enabled': '{target}' })],
    ['/api/divert/phone/set/forwarding.to', '{ref} cannot stand here', divert({ 'forwarding.to': '{ref}{target}' })],
    ['/api/divert/phone/country', 'is needed', divert({ 'forwarding.to': '{target}' }, { as: 'national' })],
    ['/api/divert/sip/set', 'must set forwarding.enabled too', paths({ divert: { phone: PATHS.api.divert.phone!, sip: { set: { 'forwarding.to': '{target}' } } } })],
    ['/api/safetyNet/off', 'must set failover too', paths({ safetyNet: { ...PATHS.api.safetyNet!, off: {} } })],
    ['/api/safetyNet/off/failover', 'nothing can', paths({ safetyNet: { ...PATHS.api.safetyNet!, off: { failover: '{target}' } } })],
    ['/api/answers/refused/0', 'names nothing', paths({ answers: { refused: [{}] } })],
    ['/api/answers/success/0/at', 'is needed', paths({ answers: { success: [{ status: [200], is: ['ok'] }] } })],
    ['/api/write/1/body/xml', 'is no XML', xml('{failover}')],
    ['/api/write/1/body/xml', 'outside of quotes', xml('<failover {failover}="x"/>')],
    ['/api/write/1/body/xml', 'outside of quotes', xml('<failover to={failover}/>')],
    ['/api/write/1/body/xml', 'outside of quotes', xml('<failover to="{failover}"')],
    ['/api/write/1/body/xml', 'CDATA', xml('<a><![CDATA[{failover}]]></a>')],
    ['/api/write/1/body/xml', 'CDATA', xml('<!DOCTYPE a><a>{failover}</a>')],
  ])('%s: %s', (at, detail, carrier) => {
    expect(checkHttpCarrier(carrier)).toContainEqual({ at, detail: expect.stringContaining(detail) as string });
  });
});
