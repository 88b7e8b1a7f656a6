import { describe, expect, it } from 'vitest';
import { response } from './application.ts';
import { CALLER, MOBILE, NUMBER, ok, pbx, rig } from './rig.ts';

const hangup = () => response('<Hangup/>');

describe('a call through the stand-in', () => {
  it('goes from the voice webhook over the PBX to the action and the status callback', async () => {
    const desk = await pbx();
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" timeout="20" action="/step?s=1"><Sip>sip:${NUMBER}@127.0.0.1:${desk.port}?X-Mark=abc%20d</Sip></Dial>`),
      '/step': hangup,
      '/status': ok,
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.violations).toEqual([]);
    expect(call.outcome).toMatchObject({ is: 'answered', machine: false });
    expect(app.paths()).toEqual(['/voice', '/step', '/status']);
    expect(app.asked.every(({ genuine }) => genuine)).toBe(true);
    expect(Object.keys(app.last('/voice')).length).toBeGreaterThanOrEqual(25);
    expect(app.last('/voice')).toMatchObject({ From: CALLER, To: NUMBER, CallStatus: 'ringing', Direction: 'inbound' });
    expect(app.last('/step')).toMatchObject({ s: '1', DialCallStatus: 'completed', DialBridged: 'true', DialSipResponseCode: '200', CallStatus: 'in-progress' });
    expect(app.last('/step')['DialSipCallId']).toBe(desk.calls[0]?.callId);
    expect(app.last('/status')).toMatchObject({ CallStatus: 'completed', CallSid: call.callSid, SequenceNumber: '0' });
    expect(Number(app.last('/status')['CallDuration'])).toBeGreaterThan(0);
    expect(desk.calls).toHaveLength(1);
    expect(desk.calls[0]).toMatchObject({ to: NUMBER, from: CALLER, headers: { 'x-mark': 'abc d', 'x-twilio-accountsid': twilio.accountSid } });
  });

  it.each([
    ['refusing', 120, 'failed', '503', 'failed'],
    ['busy', 120, 'busy', '486', 'busy'],
    ['no-answer', 20, 'no-answer', '487', 'no-answer'],
    ['slow', 20, 'no-answer', '487', 'no-answer'],
    ['silent', 20, 'no-answer', undefined, 'no-answer'],
  ] as const)('tells a %s PBX within %i s by its DialCallStatus', async (behaviour, timeout, dialStatus, sipStatus, callStatus) => {
    const desk = await pbx({ behaviour });
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" timeout="${timeout}" action="/step"><Sip>sip:100@127.0.0.1:${desk.port}</Sip></Dial>`),
      '/step': hangup,
      '/status': ok,
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.violations).toEqual([]);
    expect(app.last('/step')).toMatchObject({ DialCallStatus: dialStatus, DialBridged: 'false', CallStatus: 'ringing' });
    expect(app.last('/step')['DialSipResponseCode']).toBe(sipStatus);
    expect(app.last('/step')['DialCallDuration']).toBeUndefined();
    expect(app.last('/status')).toMatchObject({ CallStatus: callStatus, CallDuration: '0' });
    expect(desk.calls).toHaveLength(1);
  });

  it('gives up at timer B when nothing is heard for longer than the ring time', async () => {
    const desk = await pbx({ behaviour: 'silent' });
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" timeout="60" action="/step"><Sip>sip:100@127.0.0.1:${desk.port}</Sip></Dial>`), '/step': hangup, '/status': ok,
    });
    await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'failed', DialSipResponseCode: '408' });
  });

  it('sees at once that nobody listens at the PBX', async () => {
    const desk = await pbx();
    await desk.close();
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" timeout="600" action="/step"><Sip>sip:100@pbx.example.net</Sip></Dial>`), '/step': hangup, '/status': ok,
    }, { timeScale: 1, sipHosts: new Map([['pbx.example.net', { host: '127.0.0.1', port: desk.port }]]) });
    await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'failed', DialSipResponseCode: '503' });
  });

  it('dials a telephone, which sees the caller', async () => {
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" action="/step"><Number>${MOBILE}</Number></Dial>`), '/step': hangup, '/status': ok,
    }, { phones: { [MOBILE]: { does: 'answers', talkSeconds: 30 } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'answered', by: MOBILE, machine: false });
    expect(twilio.phones.callsTo(MOBILE)).toMatchObject([{ callerId: CALLER }]);
    expect(Number(app.last('/step')['DialCallDuration'])).toBeGreaterThanOrEqual(30);
    expect(app.last('/step')['DialSipResponseCode']).toBeUndefined();
  });

  it('cancels the leg when the caller hangs up while it rings', async () => {
    const desk = await pbx({ behaviour: 'no-answer' });
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" timeout="60" action="/step"><Sip>sip:100@127.0.0.1:${desk.port}</Sip></Dial>`), '/step': hangup, '/status': ok,
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, hangUpAfterMs: 40_000 });
    expect(call.outcome).toEqual({ is: 'hung-up' });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'canceled', DialSipResponseCode: '487', CallStatus: 'no-answer' });
    expect(app.last('/status')).toMatchObject({ CallStatus: 'no-answer' });
  });

  it('rings several at once: the first to answer has it, the others are cancelled', async () => {
    const desk = await pbx({ behaviour: 'no-answer' });
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial answerOnBridge="true" action="/step"><Sip>sip:100@127.0.0.1:${desk.port}</Sip><Number>${MOBILE}</Number></Dial>`), '/step': hangup, '/status': ok,
    }, { phones: { [MOBILE]: { does: 'answers' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true' });
    expect(call.steps).toContainEqual(expect.objectContaining({ what: 'leg', noun: 'Sip', result: 'canceled', bridged: false }));
  });

  it('hunts in order with sequential', async () => {
    const desk = await pbx({ behaviour: 'busy' });
    const { twilio } = await rig({
      '/voice': () => response(`<Dial sequential="true" action="/step"><Sip>sip:100@127.0.0.1:${desk.port}</Sip><Number>${MOBILE}</Number></Dial>`), '/step': hangup, '/status': ok,
    }, { phones: { [MOBILE]: { does: 'answers' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.steps.flatMap((step) => (step.what === 'leg' ? [step.result] : []))).toEqual(['busy', 'completed']);
  });

  it('records a message and tells of it twice', async () => {
    const { twilio, app } = await rig({
      '/voice': () => response('<Say language="en-GB">Leave a message.</Say><Record maxLength="180" action="/done" recordingStatusCallback="/recorded"/><Say>Nothing heard.</Say>'),
      '/done': hangup, '/recorded': ok, '/status': ok,
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, message: { seconds: 12, ends: 'hangs-up' } });
    expect(call.violations).toEqual([]);
    expect(call.outcome).toMatchObject({ is: 'voicemail', seconds: 12 });
    expect(app.last('/done')).toMatchObject({ RecordingDuration: '12', Digits: 'hangup', CallStatus: 'completed' });
    expect(app.last('/recorded')).toMatchObject({ RecordingStatus: 'completed', RecordingSid: app.last('/done')['RecordingSid'] });
  });

  it('throws an empty recording away and goes on in the document', async () => {
    const { twilio, app } = await rig({ '/voice': () => response('<Record action="/done"/><Say>Nothing heard.</Say>'), '/status': ok });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, message: { seconds: 0, ends: 'falls-silent' } });
    expect(call.outcome).toEqual({ is: 'announcement', text: 'Nothing heard.' });
    expect(app.paths()).toEqual(['/voice', '/status']);
  });

  it('brings a call over SIP with SIP addresses and headers, and refuses From as caller ID', async () => {
    const { twilio, app } = await rig({
      '/voice': () => response(`<Dial action="/step"><Number>${MOBILE}</Number></Dial>`), '/step': hangup, '/status': ok,
    }, { phones: { [MOBILE]: { does: 'answers' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, overSip: true, sipHeaders: { 'X-Mark': 'm1' } });
    expect(app.last('/voice')).toMatchObject({ From: expect.stringContaining(`sip:${CALLER}@`), 'SipHeader_X-Mark': 'm1' });
    expect(call.violations.map(({ code }) => code)).toEqual([13214]);
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'failed', DialBridged: 'false' });
    expect(twilio.phones.calls).toEqual([]);
  });

  it.each([
    ['anonymous', '', [13214]],
    ['anonymous', ` callerId="${NUMBER}"`, []],
    [CALLER, ' callerId="+15005550006"', [13214]],
    [CALLER, ` callerId="${CALLER}"`, []],
  ])('holds a caller %s with%s to the caller ID rules', async (from, attribute, codes) => {
    const { twilio } = await rig({
      '/voice': () => response(`<Dial action="/step"${attribute}><Number>${MOBILE}</Number></Dial>`), '/step': hangup, '/status': ok,
    }, { phones: { [MOBILE]: { does: 'busy' } } });
    const call = await twilio.placeCall({ from, to: NUMBER });
    expect(call.violations.map(({ code }) => code)).toEqual(codes);
    expect(twilio.phones.calls).toHaveLength(codes.length === 0 ? 1 : 0);
  });
});
