/** Vonage's tokens, its words for a call and what becomes of it, and NCCO as a strict reader takes it. */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, WebhookRequest } from '../../../src/carriers/dialect.ts';
import { vonageDialect } from '../../../src/carriers/vonage/dialect.ts';
import { SAY_LANGUAGES, sayLanguage } from '../../../src/carriers/vonage/languages.ts';
import type { DialStep } from '../../../src/domain/step.ts';
import { readNcco } from '../../../stand-ins/vonage/ncco.ts';
import { ASKED, NOW } from '../contract.ts';
import { signedWebhook, vonageFixture } from './fixture.ts';

const { keys } = vonageFixture;
const [secret = ''] = keys.secrets;
const verdict = (request: WebhookRequest) => vonageDialect.verify(request, vonageDialect.parse(request), keys, NOW);
const BODY = '{"to":"442079460123","from":"14155550100"}';

describe('tokens', () => {
  const request = signedWebhook('/webhooks/main/voice', BODY, secret);
  const withToken = (authorization: string): WebhookRequest => ({ ...request, headers: { ...request.headers, authorization } });
  const token = String(request.headers['authorization']);

  it.each([[-301, 'forged'], [-300, 'genuine'], [300, 'genuine'], [301, 'forged']] as const)('issued %d s from now are %s', (away, expected) => {
    expect(verdict(signedWebhook('/webhooks/main/voice', BODY, secret, NOW / 1000 + away))).toBe(expected);
  });

  it('cover the body as it came, or without blanks', () => {
    expect(verdict(request)).toBe('genuine');
    expect(verdict({ ...request, body: Buffer.from(JSON.stringify(JSON.parse(BODY), undefined, 2)) })).toBe('genuine');
    expect(verdict({ ...request, body: Buffer.from(BODY.replace('123', '124')) })).toBe('forged');
  });

  it('are refused in another spelling, without a hash, unsigned, and with a GET', () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = (head: object, claims: object) => {
      const text = `${encode(head)}.${encode(claims)}`;
      return `Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(verdict(withToken(signed({ alg: 'HS256' }, claims)))).toBe('genuine');
    expect(verdict(withToken(signed({ alg: 'none' }, claims)))).toBe('forged');
    expect(verdict(withToken(signed({ alg: 'HS256' }, { ...claims, payload_hash: undefined })))).toBe('forged');
    expect(verdict(withToken(signed({ alg: 'HS256' }, { ...claims, iat: undefined })))).toBe('forged');
    expect(verdict(withToken(token.slice(0, token.lastIndexOf('.') + 1)))).toBe('forged');
    expect(verdict(withToken(`${token}=`))).toBe('forged');
    expect(verdict(withToken(token.replace('Bearer', 'bearer')))).toBe('forged');
    expect(verdict({ ...signedWebhook('/webhooks/main/voice?to=442079460123', '', secret), method: 'GET' })).toBe('forged');
  });

  it('no other last letter of a signature is taken', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    expect(letters.split('').filter((letter) => verdict(withToken(token.slice(0, -1) + letter)) === 'genuine')).toEqual([token.at(-1)]);
  });

  it('nobody signs with an empty secret', () => {
    expect(vonageDialect.verify(signedWebhook('/x', BODY, ''), new Map(), { origins: [], secrets: [''] }, NOW)).toBe('forged');
  });
});

const parse = (body: object, target = '/webhooks/main/voice') => vonageDialect.parse(signedWebhook(target, JSON.stringify(body), secret));

describe('a call', () => {
  const EVENT = { conversation_uuid: 'CON-1', from: '442079460123', to: '447400123456', direction: 'outbound', status: 'busy' };
  const STEP = '/webhooks/main/step?step=x&called=%2B442079460123&caller=%2B14155550100';

  it('is that of our own address in an event, which names the parties of a leg', () => {
    expect(vonageDialect.arriving(parse(EVENT, STEP))).toMatchObject({ ref: 'CON-1', number: '+442079460123', from: '+14155550100' });
    expect(vonageDialect.arriving(parse({ conversation_uuid: 'CON-1', from: '14155550100', to: '442079460123' }, '/webhooks/main/voice?called=%2B15550001111')).number).toBe('+442079460123');
  });

  it('carries our mark, a withheld caller, an extension', () => {
    expect(vonageDialect.arriving(parse({ 'SipHeader_X-Ringthrough': 'm1', endpoint_type: 'sip', from: '204' }))).toMatchObject({ mark: 'm1', overSip: true, from: '204' });
    expect(vonageDialect.arriving(parse({ from: 'anonymous' })).from).toBe('anonymous');
    expect(vonageDialect.arriving(parse({ from: '7378742833' })).from).toBe('anonymous');
  });

  it.each([['started', true], ['ringing', true], ['answered', true], ['human', true], ['busy', false], ['completed', false], ['machine', false], ['something-new', false]])('a leg that is %s goes on: %s', (status, expected) => {
    expect(vonageDialect.legGoesOn?.(parse({ ...EVENT, status }))).toBe(expected);
  });

  it('a machine that was hung up on ends its leg but once', () => {
    const over = (duration: string, screened: string) => vonageDialect.legGoesOn?.(parse({ ...EVENT, status: 'completed', duration }, STEP + screened));
    expect([over('9', '&screened=1'), over('30', '&screened=1'), over('9', '')]).toEqual([true, false, false]);
  });

  it('is over when the leg of the caller is', () => {
    const closing = (direction: string) => vonageDialect.closing(parse({ ...EVENT, direction, status: 'completed', duration: '45' }));
    expect(closing('inbound')).toEqual({ ref: 'CON-1', status: 'completed', final: true, connected: true, seconds: 45 });
    expect(closing('outbound')).toMatchObject({ final: false });
  });

  it('leaves a message, and presses keys', () => {
    const recording = { conversation_uuid: 'CON-1', recording_uuid: 'aaaaaaaa-bbbb', recording_url: 'https://api.nexmo.com/v1/files/x', start_time: '2026-11-21T14:00:00.000Z', end_time: '2026-11-21T14:00:21.000Z' };
    expect(vonageDialect.voicemail(parse(recording))).toEqual({ ref: 'CON-1', recording: 'aaaaaaaa-bbbb', url: recording.recording_url, seconds: 21 });
    expect(vonageDialect.voicemail(parse({ ...recording, end_time: 'soon' }))?.seconds).toBe(0);
    expect(vonageDialect.pressed(parse({ dtmf: { digits: '1', timed_out: false } }))).toBe('1');
    expect(vonageDialect.pressed(parse({ dtmf: { digits: '', timed_out: true } }))).toBeUndefined();
  });
});

function actions(answer: Answer, asked = ASKED) {
  const { contentType, body } = vonageDialect.render(answer, asked);
  const reading = readNcco(contentType, body);
  if ('faults' in reading) throw new Error(reading.faults.join('; '));
  return reading.actions;
}

describe('NCCO', () => {
  const sip: DialStep = { kind: 'primary', key: 'primary', to: 'sip:+442079460123@pbx.example.net;transport=tls', ringSeconds: 30, screen: 'no' };
  const phone: DialStep = { kind: 'phone', key: 'a', to: '+447400123456', ringSeconds: 20, screen: 'closed' };
  const dial: Extract<Answer, { do: 'dial' }> = { do: 'dial', step: sip, callerId: undefined, mark: 'm1', afterUrl: '/webhooks/main/step?s=1', screenUrl: undefined };
  const AFTER = 'https://calls.example.net/webhooks/main/step?s=1&called=%2B442079460123&caller=%2B14155550100';

  it('dials a SIP address as the caller, with our mark, and a telephone as the number that was called', () => {
    expect(actions(dial)).toEqual([{ action: 'connect', eventType: 'synchronous', eventUrl: [AFTER], eventMethod: 'POST', timeout: 30, from: '14155550100', endpoint: [{ type: 'sip', uri: sip.to, headers: { Ringthrough: 'm1' } }] }]);
    expect(actions({ ...dial, step: phone })).toMatchObject([{ from: '442079460123', endpoint: [{ type: 'phone', number: '447400123456' }] }]);
    expect(actions(dial, { ...ASKED, from: 'anonymous' })).toMatchObject([{ from: '442079460123', eventUrl: [expect.stringContaining('&caller=anonymous')] }]);
  });

  it('hangs up on a machine where somebody was to press a key', () => {
    expect(actions({ ...dial, step: phone, screenUrl: '/screen' })).toMatchObject([{ machineDetection: 'hangup', eventUrl: [`${AFTER}&screened=1`] }]);
  });

  it('records a message', () => {
    expect(actions({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'Speak.', maxSeconds: 180 }, language: 'de-AT', doneUrl: '/done', recordedUrl: '/recorded' })).toEqual([
      { action: 'talk', text: 'Speak.', language: 'de-DE' },
      { action: 'record', eventUrl: ['https://calls.example.net/recorded?called=%2B442079460123&caller=%2B14155550100'], eventMethod: 'POST', endOnSilence: 10, endOnKey: '#', timeOut: 180, beepStart: true, format: 'mp3' },
    ]);
  });

  it('is never one that a strict reader refuses, whatever is said', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('long words '.repeat(1000)), fc.constant('x'.repeat(100_000))), fc.string(), (say, language) => {
      actions({ do: 'announce', say, language });
      actions({ do: 'screen', say, language, failOpen: true, pressedUrl: '/p' });
      actions({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say, maxSeconds: 1 }, language, doneUrl: '/d', recordedUrl: '/r' });
    }), { numRuns: 50 });
    for (const answer of [{ do: 'connect' }, { do: 'reject' }, { do: 'hangup' }] as const) expect(actions(answer)).toEqual([]);
  });

  it('speaks each of its languages, and the nearest of a region that it has not', () => {
    expect(new Set(SAY_LANGUAGES).size).toBe(SAY_LANGUAGES.length);
    expect(SAY_LANGUAGES.map(sayLanguage)).toEqual([...SAY_LANGUAGES]);
    expect(['en-NZ', 'xx-YY'].map(sayLanguage)).toEqual(['en-GB', undefined]);
  });
});
