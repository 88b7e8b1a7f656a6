/** Twilio's signatures: the vectors of twilio-node's own suite, and properties against its signer. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import type { SigningKeys, WebhookRequest } from '../../../src/carriers/dialect.ts';
import { twilioDialect } from '../../../src/carriers/twilio/dialect.ts';
import fixture from './signature-vectors.json' with { type: 'json' };

const { authToken, vectors } = fixture;
const FORM = 'application/x-www-form-urlencoded';

function split(url: string): { origin: string; target: string } {
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  return { origin: url.slice(0, slash), target: url.slice(slash) };
}

function encoded(params: Record<string, string | string[]>): Buffer {
  return Buffer.from(new URLSearchParams(Object.entries(params).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))).toString());
}

function post(target: string, body: Buffer, signature: string | undefined, type = FORM): WebhookRequest {
  return { method: 'POST', target, body, headers: { 'content-type': type, ...(signature === undefined ? {} : { 'x-twilio-signature': signature }) } };
}

const verdict = (request: WebhookRequest, keys: SigningKeys) => twilioDialect.verify(request, twilioDialect.parse(request), keys, 0);

describe('vectors of twilio-node', () => {
  it('are all here', () => {
    expect(vectors).toHaveLength(18);
  });

  it.each(vectors.filter(({ kind }) => kind === 'form'))('$name', ({ url = '', params = {}, signature, valid }) => {
    const { origin, target } = split(url);
    const request = post(target, encoded(params), signature ?? undefined);
    expect(verdict(request, { origins: [origin], secrets: [authToken] })).toBe(valid ? 'genuine' : signature === null ? 'unsigned' : 'forged');
  });

  it.each(vectors.filter(({ kind }) => kind === 'body'))('$name', ({ url = '', body = '', signature }) => {
    const { origin, target } = split(url);
    const keys = { origins: [origin], secrets: [authToken] };
    expect(verdict(post(target, Buffer.from(body), signature ?? undefined, 'application/json'), keys)).toBe('genuine');
    expect(verdict(post(target, Buffer.from(`${body} `), signature ?? undefined, 'application/json'), keys)).toBe('forged');
  });

  it.each(vectors.filter(({ kind }) => kind === 'bodyhash'))('$name', ({ body = '', bodySHA256 = '' }) => {
    expect(createHash('sha256').update(body).digest('hex')).toBe(bodySHA256);
    const target = `/x?bodySHA256=${bodySHA256}`;
    const signature = twilio.getExpectedTwilioSignature(authToken, `https://a.example${target}`, {});
    expect(verdict(post(target, Buffer.from(body), signature, 'application/json'), { origins: ['https://a.example'], secrets: [authToken] })).toBe('genuine');
  });
});

const ORIGIN = 'https://calls.example.net';
const keys: SigningKeys = { origins: [ORIGIN], secrets: ['current-token', 'next-token'] };
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => text !== '__proto__');
const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 4 }));
const anyParams = fc.dictionary(name, value, { maxKeys: 30 });
const anyTarget = fc.tuple(fc.constantFrom('/webhooks/main/voice', '/webhooks/main/step'), fc.oneof(fc.constant(''), fc.stringMatching(/^\?[A-Za-z0-9=&'%+~!()*.-]{0,30}$/))).map((parts) => parts.join(''));
const sign = (params: Record<string, string | string[]>, target: string, { origin = ORIGIN, token = 'current-token' } = {}) => twilio.getExpectedTwilioSignature(token, origin + target, params);

describe('properties', () => {
  it("takes what Twilio's signer signs, with either token", () => {
    fc.assert(fc.property(anyParams, anyTarget, fc.constantFrom(...keys.secrets), (params, target, token) => {
      expect(verdict(post(target, encoded(params), sign(params, target, { token })), keys)).toBe('genuine');
    }), { numRuns: 500 });
  });

  it('refuses any change of one character in address, value, name, token or signature', () => {
    const changed = (text: string, at: number) => {
      const index = at % text.length;
      return `${text.slice(0, index)}${text[index] === 'x' ? 'y' : 'x'}${text.slice(index + 1)}`;
    };
    const simple = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{0,9}$/), fc.stringMatching(/^[a-w0-9+ é]{1,12}$/), { minKeys: 1, maxKeys: 20 });
    fc.assert(fc.property(simple, fc.nat(), fc.constantFrom('address', 'value', 'name', 'token', 'signature'), (params, at, what) => {
      const target = '/webhooks/main/step?s=1';
      const signature = sign(params, target);
      const [first = '', firstValue = ''] = Object.entries(params)[at % Object.keys(params).length] ?? [];
      const others = Object.entries(params).filter(([other]) => other !== first);
      const request = {
        address: () => post(changed(target, at), encoded(params), signature),
        value: () => post(target, encoded(Object.fromEntries([...others, [first, changed(firstValue, at)]])), signature),
        name: () => post(target, encoded(Object.fromEntries([...others, [`${first}x`, firstValue]])), signature),
        token: () => post(target, encoded(params), sign(params, target, { token: changed('current-token', at) })),
        signature: () => post(target, encoded(params), changed(signature, at)),
      }[what]();
      expect(verdict(request, keys)).toBe('forged');
    }), { numRuns: 500 });
  });

  it('never throws and never takes an unsigned one, whatever comes', () => {
    fc.assert(fc.property(
      fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.constantFrom('GET', 'POST', 'PUT', 'x'), fc.constantFrom(FORM, 'application/json', '', 'x;y'), fc.string(),
      (bytes, target, header, method, type, origin) => {
        const request = { method, target, body: Buffer.from(bytes), headers: { 'content-type': type, 'x-twilio-signature': header } };
        expect(verdict(request, { origins: [origin, ORIGIN], secrets: ['', 'token'] })).toBe(header === '' ? 'unsigned' : 'forged');
      },
    ), { numRuns: 500 });
  });
});

describe('what is covered', () => {
  const target = '/webhooks/main/voice';

  it('a GET is signed by its address alone, and its body is not read', () => {
    const query = `${target}?CallSid=CA1`;
    const request: WebhookRequest = { method: 'GET', target: query, body: Buffer.from('CallSid=CA2&To=x'), headers: { 'content-type': FORM, 'x-twilio-signature': sign({}, query) } };
    expect(verdict(request, keys)).toBe('genuine');
    expect([...twilioDialect.parse(request)]).toEqual([['CallSid', ['CA1']]]);
  });

  it('a body that is no form and has no hash in the address is refused', () => {
    expect(verdict(post(target, Buffer.from('{}'), sign({}, target), 'application/json'), keys)).toBe('forged');
    expect(verdict(post(target, Buffer.alloc(0), sign({}, target), 'application/json'), keys)).toBe('genuine');
  });

  it('a form of another type is not read', () => {
    expect(twilioDialect.parse(post(target, Buffer.from('To=x'), undefined, 'text/plain')).size).toBe(0);
    expect(twilioDialect.parse(post(target, Buffer.from('To=x'), undefined, `${FORM}; charset=UTF-8`)).get('To')).toEqual(['x']);
  });

  it('parameters of the query come after those of the form', () => {
    expect([...twilioDialect.parse(post(`${target}?To=query&s=1`, Buffer.from('To=form'), undefined))]).toEqual([['To', ['form', 'query']], ['s', ['1']]]);
  });

  it('every origin counts, with its port, without it and with the usual one', () => {
    const many = { origins: ['https://one.example', 'https://two.example:8443', 'http://[::1]:8080'], secrets: ['t'] };
    for (const origin of ['https://one.example', 'https://one.example:443', 'https://two.example:8443', 'https://two.example', 'https://two.example:443', 'http://[::1]:8080', 'http://[::1]', 'http://[::1]:80']) {
      expect(verdict(post(target, encoded({ A: '1' }), sign({ A: '1' }, target, { origin, token: 't' })), many)).toBe('genuine');
    }
    expect(verdict(post(target, encoded({ A: '1' }), sign({ A: '1' }, target, { origin: 'https://one.example:8443', token: 't' })), many)).toBe('forged');
  });

  it.each([
    ["It's+amazing", "It's+amazing"], ["It's+amazing", 'It%27s+amazing'], ["It's+amazing", "It's%20amazing"], ['a%2fb', 'a%2Fb'], ['a|b', 'a%7Cb'],
  ])("a query that came as %s may have been signed as %s, as Twilio's own check has it", (came, signed) => {
    const query = `${target}?Body=${came}`;
    const signature = sign({ A: '1' }, `${target}?Body=${signed}`);
    expect(twilio.validateRequest('current-token', signature, ORIGIN + query, { A: '1' })).toBe(true);
    expect(verdict(post(query, encoded({ A: '1' }), signature), keys)).toBe('genuine');
  });

  it('an empty secret opens nothing', () => {
    expect(verdict(post(target, encoded({ A: '1' }), sign({ A: '1' }, target, { token: '' })), { origins: [ORIGIN], secrets: [''] })).toBe('forged');
  });

  it('a signature that is written another way is refused', () => {
    const signature = sign({ A: '1' }, target);
    for (const other of [signature.replace(/=$/, ''), `${signature} `, signature.toLowerCase()]) expect(verdict(post(target, encoded({ A: '1' }), other), keys)).toBe('forged');
  });
});
