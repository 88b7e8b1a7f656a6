/** What is read from Twilio's parameters. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Params } from '../../../src/carriers/dialect.ts';
import { twilioDialect } from '../../../src/carriers/twilio/dialect.ts';

const of = (params: Record<string, string | string[]>): Params => new Map(Object.entries(params).map(([name, value]) => [name, [value].flat()]));
const { arriving, closing, voicemail, pressed } = twilioDialect;
const CALL = { CallSid: `CA${'0'.repeat(32)}`, From: '+14155550100', To: '+442079460123', CallStatus: 'ringing', Direction: 'inbound' };

describe('arriving', () => {
  it('reads a call from the telephone network', () => {
    expect(arriving(of(CALL))).toEqual({
      ref: CALL.CallSid, number: '+442079460123', from: '+14155550100', overSip: false, forwardedBy: [], mark: undefined, afterOurFailure: false, failedUrl: undefined, connected: false,
    });
  });

  it('reads a call over SIP', () => {
    expect(arriving(of({ ...CALL, From: 'sip:1001@pbx.example.net', To: 'sip:442079460123@acme.sip.twilio.com' }))).toMatchObject({ number: '+442079460123', from: '1001', overSip: true });
  });

  it.each(['SipCallId', 'SipDomain'])('%s tells that it came over SIP', (name) => {
    expect(arriving(of({ ...CALL, [name]: 'x' })).overSip).toBe(true);
  });

  it('takes Called and Caller when To and From are missing', () => {
    expect(arriving(of({ Called: CALL.To, Caller: CALL.From }))).toMatchObject({ ref: '', number: CALL.To, from: CALL.From });
  });

  it('takes the first of doubled parameters', () => {
    expect(arriving(of({ ...CALL, To: ['+442079460123', '+442079460199'] })).number).toBe('+442079460123');
  });

  it('names a withheld caller', () => {
    expect(arriving(of({ ...CALL, From: '+266696687' })).from).toBe('anonymous');
    expect(arriving(of({ ...CALL, From: 'Restricted' })).from).toBe('Restricted');
  });

  it('gathers who forwarded it, newest first and none twice', () => {
    const params = of({
      ...CALL,
      ForwardedFrom: '+442079460111',
      SipHeader_Diversion: ['<sip:+442079460111@a>;reason=unconditional, <sip:+442079460112@a>', '<tel:+442079460113>'],
      'SipHeader_History-Info': '<sip:+442079460114@a>;index=1, <sip:+442079460123@a>;index=1.1',
    });
    expect(arriving(params).forwardedBy).toEqual(['+442079460111', '+442079460112', '+442079460113', '+442079460114']);
  });

  it.each(['SipHeader_X-Ringthrough', 'SipHeader_x-ringthrough', 'sipheader_X-RINGTHROUGH'])('finds our mark in %s', (name) => {
    expect(arriving(of({ ...CALL, [name]: 'abc.1' })).mark).toBe('abc.1');
  });

  it('does not take rubbish for our mark', () => {
    expect(arriving(of({ ...CALL, 'SipHeader_X-Ringthrough': ['', 'x'.repeat(201), 'a b'] })).mark).toBeUndefined();
  });

  it.each([{ ErrorCode: '11205' }, { ErrorUrl: 'https://calls.example.net/x' }])('knows that we failed before: %o', (error) => {
    expect(arriving(of({ ...CALL, ...error })).afterOurFailure).toBe(true);
  });

  it('names the address that failed, if it is one', () => {
    expect(arriving(of({ ...CALL, ErrorUrl: 'https://calls.example.net/x?a=1' })).failedUrl).toBe('https://calls.example.net/x?a=1');
    expect(arriving(of({ ...CALL, ErrorUrl: 'x\u0000' }))).toMatchObject({ afterOurFailure: true, failedUrl: undefined });
  });

  it.each([['ringing', false], ['in-progress', true], ['completed', false], ['', false]])('a call that is %s is connected: %s', (status, connected) => {
    expect(arriving(of({ ...CALL, CallStatus: status })).connected).toBe(connected);
  });
});

describe('closing', () => {
  it.each([
    ['completed', true, true], ['busy', true, false], ['no-answer', true, false], ['canceled', true, false], ['failed', true, false],
    ['queued', false, false], ['ringing', false, false], ['in-progress', false, true], ['novel-word', false, false],
  ])('%s: final %s, connected %s', (status, final, connected) => {
    expect(closing(of({ ...CALL, CallStatus: status, CallDuration: '42' }))).toEqual({ ref: CALL.CallSid, status, final, connected, seconds: 42 });
  });

  it.each(['', '-1', '1.5', '1e3', 'x', '9'.repeat(10)])('does not take %s for seconds', (text) => {
    expect(closing(of({ ...CALL, CallDuration: text })).seconds).toBeUndefined();
  });
});

describe('voicemail', () => {
  const recording = { CallSid: CALL.CallSid, RecordingSid: `RE${'0'.repeat(32)}`, RecordingUrl: 'https://api.twilio.com/2010-04-01/x', RecordingDuration: '17' };
  const report = { ref: CALL.CallSid, recording: recording.RecordingSid, url: recording.RecordingUrl, seconds: 17 };

  it('reads the action of Record and its status callback', () => {
    expect(voicemail(of({ ...recording, Digits: 'hangup' }))).toEqual(report);
    expect(voicemail(of({ ...recording, RecordingStatus: 'completed' }))).toEqual(report);
  });

  it.each(['in-progress', 'absent', 'failed'])('there is none while it is %s', (status) => {
    expect(voicemail(of({ ...recording, RecordingStatus: status }))).toBeUndefined();
  });

  it('there is none without an id', () => {
    expect(voicemail(of({ ...recording, RecordingSid: '' }))).toBeUndefined();
  });

  it('does without address and length', () => {
    expect(voicemail(of({ CallSid: recording.CallSid, RecordingSid: recording.RecordingSid, RecordingUrl: 'javascript:1', RecordingDuration: '-1' }))).toEqual({ ...report, url: undefined, seconds: 0 });
  });
});

it.each([['1', '1'], ['*#', '*#'], ['', undefined], ['hangup', undefined], ['1'.repeat(33), undefined]])('pressed %s is %s', (digits, keys) => {
  expect(pressed(of({ Digits: digits }))).toBe(keys);
});

it('gives bounded values of the right type, whatever comes', () => {
  const names = ['CallSid', 'To', 'From', 'Called', 'Caller', 'ForwardedFrom', 'SipHeader_Diversion', 'SipHeader_History-Info', 'SipHeader_X-Ringthrough', 'SipHeader_', 'CallStatus', 'CallDuration', 'RecordingSid', 'RecordingUrl', 'RecordingStatus', 'RecordingDuration', 'Digits'];
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'binary', minLength: 5000, maxLength: 9000, size: 'max' }));
  fc.assert(fc.property(fc.dictionary(fc.constantFrom(...names), fc.array(text, { maxLength: 3 })), (values) => {
    const params = of(values);
    const call = arriving(params);
    expect(call.ref).toMatch(/^[A-Za-z0-9_-]{0,64}$/);
    expect(call.from.length).toBeLessThanOrEqual(128);
    expect(call.forwardedBy.length).toBeLessThanOrEqual(41);
    expect(call.mark ?? '').toMatch(/^[\x21-\x7e]{0,200}$/);
    expect(closing(params).status).toMatch(/^[a-z-]{0,32}$/);
    expect(voicemail(params)?.seconds ?? 0).toBeGreaterThanOrEqual(0);
    expect(pressed(params) ?? '').toMatch(/^[0-9*#]{0,32}$/);
  }));
});
