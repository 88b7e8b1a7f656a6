/** Bandwidth's events as they are read, and our documents as it takes them: checked by the strict reader of the stand-in. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidthDialect } from '../../../src/carriers/bandwidth/dialect.ts';
import { readMark, writeMark } from '../../../src/carriers/bandwidth/uui.ts';
import type { Answer, WebhookRequest } from '../../../src/carriers/dialect.ts';
import type { DialStep } from '../../../src/domain/step.ts';
import { readBxml } from '../../../stand-ins/bandwidth/bxml.ts';
import type { Element } from '../../../stand-ins/xml.ts';
import { ASKED, NOW } from '../contract.ts';
import { bandwidthFixture } from './fixture.ts';

const { keys, call } = bandwidthFixture;
const CREDENTIALS = { username: 'ringthrough', password: 'current-password', fallbackUsername: 'ringthrough', fallbackPassword: 'current-password' };

const read = (params: Readonly<Record<string, string>>) => bandwidthDialect.parse(bandwidthFixture.genuine('/webhooks/main/voice', params, 'current-password'));
const arriving = (more: Readonly<Record<string, string>>) => bandwidthDialect.arriving(read({ ...call, ...more }));
const verdict = (request: WebhookRequest) => bandwidthDialect.verify(request, bandwidthDialect.parse(request), keys, NOW);

function verbs(answer: Answer, on: 'caller' | 'called' = 'caller'): readonly Element[] {
  const { contentType, body } = bandwidthDialect.render(answer, { ...ASKED, keys });
  const reading = readBxml(contentType, body, on);
  if ('faults' in reading) throw new Error(reading.faults.join('; '));
  return reading.verbs;
}

describe('credentials', () => {
  const genuine = bandwidthFixture.genuine('/webhooks/main/voice', call, 'current-password');
  const withAuthorization = (authorization: string | string[] | undefined): WebhookRequest => ({ ...genuine, headers: { ...genuine.headers, authorization } });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each<[string, string | string[] | undefined, string]>([
    ['the password in force', basic('ringthrough:current-password'), 'genuine'],
    ['the next one', basic('ringthrough:next-password'), 'genuine'],
    ['another user', basic('ringthrough2:current-password'), 'forged'],
    ['a part of the password', basic('ringthrough:current'), 'forged'],
    ['an empty one', basic('ringthrough:'), 'forged'],
    ['another scheme', 'Bearer current-password', 'forged'],
    ['two headers', [basic('ringthrough:current-password'), 'x'], 'unsigned'],
    ['none', undefined, 'unsigned'],
  ])('%s', (_, authorization, expected) => {
    expect(verdict(withAuthorization(authorization))).toBe(expected);
  });

  it('without a password in the record nobody is genuine, with an empty one neither', () => {
    for (const secrets of [[], ['']]) expect(bandwidthDialect.verify(withAuthorization(basic('ringthrough:')), new Map(), { origins: [], secrets }, NOW)).toBe('forged');
  });

  it('the same event at the same address is the same, and no other is', () => {
    const print = (request: WebhookRequest) => bandwidthDialect.fingerprint(request);
    expect(print({ ...genuine, headers: {} })).toBe(print(genuine));
    expect(print({ ...genuine, target: '/webhooks/main/step' })).not.toBe(print(genuine));
    expect(print({ ...genuine, body: Buffer.from('{}') })).not.toBe(print(genuine));
  });
});

describe('reading', () => {
  it('knows who forwarded the call, and our mark', () => {
    expect(arriving({ 'diversion.origTo': '+15558884444', 'diversion.reason': 'unavailable', uui: `${writeMark('call-0.abc')},x;encoding=jwt` })).toMatchObject({ forwardedBy: ['+15558884444'], mark: 'call-0.abc' });
  });

  it.each(['', 'aGVsbG8gd29ybGQ;encoding=base64', 'x;encoding=jwt', ',;encoding=base64'])("somebody else's user-to-user information (%s) is no mark of ours", (uui) => {
    expect(arriving({ uui }).mark).toBeUndefined();
  });

  it('a mark that was written is read', () => {
    fc.assert(fc.property(fc.string(), (mark) => {
      const uui = writeMark(mark);
      if (uui !== undefined) expect([readMark(uui), uui.length <= 256]).toEqual([mark, true]);
      else expect(/^[\x21-\x7e]{1,160}$/.test(mark)).toBe(false);
    }));
  });

  it.each([['Anonymous', 'Anonymous', false], ['sip:101@pbx.example.net', '101', true]])('caller %s', (from, caller, overSip) => {
    expect(arriving({ from })).toMatchObject({ from: caller, overSip });
  });

  it('the end of a call, with its length', () => {
    const end = { ...call, eventType: 'disconnect', cause: 'hangup', answerTime: '2026-06-20T15:55:00.000Z', endTime: '2026-06-20T15:55:54.123Z' };
    expect(bandwidthDialect.closing(read(end))).toEqual({ ref: 'call-1', status: 'hangup', final: true, connected: true, seconds: 54 });
    expect(bandwidthDialect.closing(read({ ...end, answerTime: '' }))).toMatchObject({ connected: false, seconds: undefined });
    expect(bandwidthDialect.closing(read({ ...end, answerTime: 'yesterday' })).seconds).toBeUndefined();
    // Of whom we called.
    expect(bandwidthDialect.closing(read({ ...end, direction: 'outbound' })).final).toBe(false);
    expect(bandwidthDialect.closing(read(call)).final).toBe(false);
  });

  it('a message', () => {
    const recording = { ...call, eventType: 'recordingAvailable', recordingId: 'r-115da407', mediaUrl: 'https://voice.bandwidth.com/x/media', status: 'complete' };
    const report = { ref: 'call-1', recording: 'r-115da407', url: recording.mediaUrl };
    for (const [duration, seconds] of [['PT20.056S', 20], ['PT1H2M3S', 3723], ['PT2M', 120], ['20', 0], ['', 0]] as const) expect(bandwidthDialect.voicemail(read({ ...recording, duration }))).toEqual({ ...report, seconds });
    expect(bandwidthDialect.voicemail(read({ ...recording, status: 'error' }))).toBeUndefined();
    expect(bandwidthDialect.voicemail(read(call))).toBeUndefined();
  });

  it.each([['1', '1'], ['', undefined], ['A', undefined]])('pressed %s is %s', (digits, pressed) => {
    expect(bandwidthDialect.pressed(read({ ...call, digits }))).toBe(pressed);
  });

  it('the body before the query; a list by its name; what is no event is absent', () => {
    const post = (body: string, type = 'application/json') => bandwidthDialect.parse({ method: 'POST', target: '/x?to=2&step=s', headers: { 'content-type': type }, body: Buffer.from(body) });
    expect([...post('{"to":"1","a":{"b":[true,2,null]}}')]).toEqual([['to', ['1', '2']], ['a.b', ['true', '2']], ['step', ['s']]]);
    for (const body of ['', 'to=1', '[[["1"]]]', '"x"', 'null']) expect([...post(body)]).toEqual([['to', ['2']], ['step', ['s']]]);
    expect([...post('{"to":"1"}', 'text/plain')]).toEqual([['to', ['2']], ['step', ['s']]]);
    expect(post(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`).has('step')).toBe(true);
  });
});

describe('documents', () => {
  const phone: DialStep = { kind: 'phone', key: 'p', to: '+17042661720', ringSeconds: 20, screen: 'no' };
  const dial = { do: 'dial', step: phone, callerId: undefined, mark: 'm-1', afterUrl: '/webhooks/main/step?s=1', screenUrl: undefined } as const;

  it('a telephone, with what follows it at both of our origins', () => {
    const [transfer] = verbs(dial);
    expect(transfer?.attributes).toEqual({
      callTimeout: '20', diversionTreatment: 'propagate', transferCompleteUrl: '/webhooks/main/step?s=1', transferCompleteFallbackUrl: 'https://calls2.example.org/webhooks/main/step?s=1', ...CREDENTIALS,
    });
    expect(transfer?.children).toMatchObject([{ name: 'PhoneNumber', attributes: {}, text: '+17042661720' }]);
  });

  it('the fallback is the other origin than the one that Bandwidth came to, and none where there is no other', () => {
    const body = (origin: string, origins: readonly string[]) => bandwidthDialect.render(dial, { ...ASKED, origin, keys: { ...keys, origins } }).body;
    expect(body('https://calls2.example.org', keys.origins)).toContain('transferCompleteFallbackUrl="https://calls.example.net/');
    expect(body(ASKED.origin, [ASKED.origin])).not.toContain('allback');
  });

  it('a SIP address, screened, with our mark and a mark of the screening', () => {
    const [transfer] = verbs({ ...dial, step: { ...phone, kind: 'sip', to: 'sip:desk@backup.example.net' }, callerId: '+12052160156', screenUrl: '/webhooks/main/screen?open=' });
    expect(transfer?.attributes).toMatchObject({ transferCallerId: '+12052160156', transferCompleteUrl: '/webhooks/main/step?s=1&screened=1' });
    const [sip] = transfer?.children ?? [];
    expect(sip).toMatchObject({ name: 'SipUri', text: 'sip:desk@backup.example.net', attributes: { transferAnswerUrl: '/webhooks/main/screen?open=', ...CREDENTIALS } });
    expect(readMark(sip?.attributes['uui'] ?? '')).toBe('m-1');
  });

  it.each([['anonymous', 'Anonymous'], ['101', undefined], ['__proto__', undefined], ['constructor', undefined], [undefined, undefined]])('caller ID %s is shown as %s', (callerId, shown) => {
    expect(verbs({ ...dial, callerId })[0]?.attributes['transferCallerId']).toBe(shown);
  });

  it.each([[0, '1'], [Number.NaN, '1'], [30.9, '30'], [900, '300']])('rings %d s as %s', (ringSeconds, timeout) => {
    expect(verbs({ ...dial, step: { ...phone, ringSeconds } })[0]?.attributes['callTimeout']).toBe(timeout);
  });

  it('a voicemail', () => {
    const [greeting, record] = verbs({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'Speak', maxSeconds: 60 }, language: 'es-MX', doneUrl: '/done', recordedUrl: '/recorded' });
    expect(greeting).toMatchObject({ name: 'SpeakSentence', attributes: { locale: 'es_MX' }, text: 'Speak' });
    expect(record).toMatchObject({ name: 'Record', attributes: { maxDuration: '60', silenceTimeout: '10', terminatingDigits: '#', recordCompleteUrl: '/done', recordingAvailableUrl: '/recorded', ...CREDENTIALS } });
  });

  it.each([['en-GB', 'en_UK'], ['en-IE', 'en_US'], ['de-CH', 'de'], ['es-AR', 'es'], ['ja-JP', undefined]])('speaks %s as %s', (language, locale) => {
    expect(verbs({ do: 'announce', say: 'x', language })[0]?.attributes['locale']).toBe(locale);
  });

  it('asks who was called for a key, and tells who took it from who did not', () => {
    expect(verbs({ do: 'screen', say: 'Press 1', language: 'en-GB', failOpen: false, pressedUrl: '/pressed' }, 'called')).toMatchObject([{ name: 'Gather', attributes: { maxDigits: '1', firstDigitTimeout: '8', gatherUrl: '/pressed', ...CREDENTIALS }, children: [{ name: 'SpeakSentence', text: 'Press 1' }] }]);
    // An empty document would hang up.
    expect(verbs({ do: 'connect' }, 'called').map(({ name }) => name)).toEqual(['Tag']);
    expect(() => verbs({ do: 'hangup', refused: true }, 'called')).toThrow('not known');
    for (const answer of [{ do: 'hangup' }, { do: 'reject' }] as const) expect(verbs(answer).map(({ name }) => name)).toEqual(['Hangup']);
  });

  it('is never one that Bandwidth refuses, whatever is said', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('&'.repeat(30_000), '\ud800', '\u0000', ']]>', 'word '.repeat(3000)));
    fc.assert(fc.property(text, (say) => {
      verbs({ do: 'announce', say, language: 'en-GB' });
      verbs({ do: 'screen', say, language: say, failOpen: true, pressedUrl: '/p' }, 'called');
      verbs({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say, maxSeconds: 60 }, language: 'en-GB', doneUrl: '/d', recordedUrl: '/r' });
      verbs({ ...dial, mark: say, callerId: say });
    }), { numRuns: 50 });
  });
});
