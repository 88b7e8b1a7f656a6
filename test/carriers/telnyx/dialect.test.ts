/** Telnyx' words for a call and what becomes of it, and TeXML as a strict reader takes it. */
import * as fc from 'fast-check';
import { ASKED } from '../contract.ts';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/carriers/dialect.ts';
import { telnyxDialect } from '../../../src/carriers/telnyx/dialect.ts';
import { SAY_LANGUAGES, sayLanguage } from '../../../src/carriers/telnyx/languages.ts';
import type { DialStep } from '../../../src/domain/step.ts';
import { readTexml } from '../../../stand-ins/telnyx/texml.ts';
import { signedWebhook } from './fixture.ts';

const parse = (params: Record<string, string>, target = '/webhooks/main/voice') => telnyxDialect.parse(signedWebhook(target, new URLSearchParams(params).toString(), ''));

describe('a call', () => {
  it('has an id without a colon, the same in every webhook', () => {
    const CallSid = 'v3:KBnLO0ZK3DhKM5s7bE9VluaSmKsOchKht_fUYvxcp8ysbmzCCtpkmA';
    const ref = 'v3-KBnLO0ZK3DhKM5s7bE9VluaSmKsOchKht_fUYvxcp8ysbmzCCtpkmA';
    expect(telnyxDialect.arriving(parse({ CallSid })).ref).toBe(ref);
    expect(telnyxDialect.closing(parse({ CallSid, CallStatus: 'completed', CallDuration: '45' }))).toEqual({ ref, status: 'completed', final: true, connected: true, seconds: 45 });
    expect(telnyxDialect.voicemail(parse({ CallSid, RecordingSid: '35094891-3290-4142-b2c2-b2eda57534cf', RecordingStatus: 'completed', RecordingUrl: 'https://recording.com/x', RecordingDuration: '5' })))
      .toEqual({ ref, recording: '35094891-3290-4142-b2c2-b2eda57534cf', url: 'https://recording.com/x', seconds: 5 });
  });

  it('comes over SIP when Telnyx says so', () => {
    expect(telnyxDialect.arriving(parse({ CallingPartyType: 'sip' })).overSip).toBe(true);
    expect(telnyxDialect.arriving(parse({ CallingPartyType: 'pstn' })).overSip).toBe(false);
  });

  it('an error of a leg is no failure of ours', () => {
    expect(telnyxDialect.arriving(parse({ ErrorCode: '90103', ErrorMessage: 'dials per second' })).afterOurFailure).toBe(false);
  });
});

describe('a leg whose taker was asked to press a key', () => {
  const after = (params: Record<string, string>, screened: boolean) => telnyxDialect.leg(parse({ DialCallStatus: 'completed', ...params }, `/webhooks/main/step?step=x${screened ? '&screened=1' : ''}`)).end;

  it('was not taken when it was over too soon for a talk', () => {
    expect(after({ DialCallDuration: '14' }, true)).toBe('no-answer');
    expect(after({}, true)).toBe('no-answer');
  });

  it('was taken when it went on; and without screening whoever answered took it', () => {
    expect(after({ DialCallDuration: '30' }, true)).toBe('answered');
    expect(after({ DialCallDuration: '3' }, false)).toBe('answered');
  });
});

const sip: DialStep = { kind: 'primary', key: 'primary', to: 'sip:+442079460123@pbx.example.net;transport=tls', ringSeconds: 300, screen: 'no' };
const dial: Extract<Answer, { do: 'dial' }> = { do: 'dial', step: sip, callerId: undefined, mark: 'm1', afterUrl: '/webhooks/main/step?s=1&t=2', screenUrl: undefined };

function verbs(answer: Answer) {
  const { contentType, body } = telnyxDialect.render(answer, ASKED);
  const reading = readTexml(contentType, body);
  if ('faults' in reading) throw new Error(reading.faults.join('; '));
  return reading.verbs;
}

describe('TeXML', () => {
  it('dials a SIP address with our mark, as long as Telnyx rings at most', () => {
    expect(verbs(dial)).toMatchObject([{ name: 'Dial', attributes: { answerOnBridge: 'true', timeout: '120', action: '/webhooks/main/step?s=1&t=2', method: 'POST' }, children: [{ name: 'Sip', attributes: {}, text: `${sip.to}?X-Ringthrough=m1` }] }]);
  });

  it('rings for the very seconds, and shows a caller that is no number by name', () => {
    const phone: DialStep = { kind: 'phone', key: 'a', to: '+447400123456', ringSeconds: 20, screen: 'closed' };
    expect(verbs({ ...dial, step: phone, callerId: '+442079460123', screenUrl: '/screen?a=1' })).toMatchObject([{
      attributes: { timeout: '20', callerId: '+442079460123', action: '/webhooks/main/step?s=1&t=2&screened=1' }, children: [{ name: 'Number', attributes: { url: '/screen?a=1', method: 'POST' }, text: phone.to }],
    }]);
    expect(verbs({ ...dial, callerId: 'anonymous' })[0]?.attributes).toEqual({ answerOnBridge: 'true', timeout: '120', action: dial.afterUrl, method: 'POST', fromDisplayName: 'anonymous' });
    expect(verbs({ ...dial, afterUrl: '/after', screenUrl: '/screen' })[0]?.attributes['action']).toBe('/after?screened=1');
  });

  it('speaks in a voice that has languages, and records without a charge for silence', () => {
    const [say, record] = verbs({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'Speak.', maxSeconds: 180 }, language: 'de-AT', doneUrl: '/done', recordedUrl: '/recorded' });
    expect(say).toMatchObject({ name: 'Say', attributes: { voice: 'alice', language: 'de-DE' }, text: 'Speak.' });
    expect(record?.attributes).toEqual({ maxLength: '180', playBeep: 'true', finishOnKey: '#', trim: 'trim-silence', action: '/done', method: 'POST', recordingStatusCallback: '/recorded', recordingStatusCallbackMethod: 'POST', recordingStatusCallbackEvent: 'completed' });
  });

  it('asks for a key with the attributes that Telnyx knows', () => {
    const [gather, hangup] = verbs({ do: 'screen', say: 'Press 1.', language: 'en-GB', failOpen: false, pressedUrl: '/pressed' });
    expect(gather).toMatchObject({ attributes: { numDigits: '1', timeout: '8', action: '/pressed' }, children: [{ name: 'Say', text: 'Press 1.' }] });
    expect(Object.keys(gather?.attributes ?? {})).toHaveLength(3);
    expect(hangup?.name).toBe('Hangup');
  });

  it('is never one that a strict reader refuses, whatever is said', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constant('&'.repeat(20_000))), fc.string(), (say, language) => {
      verbs({ do: 'announce', say, language });
      verbs({ do: 'screen', say, language, failOpen: true, pressedUrl: '/p' });
      verbs({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say, maxSeconds: 5 }, language, doneUrl: '/d', recordedUrl: '/r' });
    }));
    for (const answer of [{ do: 'connect' }, { do: 'reject' }, { do: 'hangup' }] as const) verbs(answer);
  });

  it('speaks each of its languages, and the nearest of a region that it has not', () => {
    expect(new Set(SAY_LANGUAGES).size).toBe(SAY_LANGUAGES.length);
    expect(SAY_LANGUAGES.map(sayLanguage)).toEqual([...SAY_LANGUAGES]);
    expect(['en-ZA', 'fr-BE', 'xx-YY'].map(sayLanguage)).toEqual(['en-GB', 'fr-FR', undefined]);
  });
});
