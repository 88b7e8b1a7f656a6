import { describe, expect, it } from 'vitest';
import { ACCOUNT, CALLER, MOBILE, NUMBER, ok, pbx, rig } from './rig.ts';
import { response } from './application.ts';
import type { PhoneBehaviour } from '../../stand-ins/twilio/phones.ts';

const ask = (then: string) => response(`<Gather numDigits="1" timeout="5" action="/pressed"><Say>Press 1 to take the call.</Say></Gather>${then}`);
const answers = (then: string) => ({
  '/voice': () => response(`<Dial answerOnBridge="true" timeout="20" action="/step"><Number url="/screen">${MOBILE}</Number></Dial>`),
  '/screen': () => ask(then),
  '/pressed': ({ Digits }: Record<string, string>) => response(Digits === '1' ? '' : '<Hangup/>'),
  '/step': () => response('<Hangup/>'),
  '/status': ok,
});

describe('screening', () => {
  it('connects who presses 1, on the callee\'s own leg', async () => {
    const { twilio, app } = await rig(answers('<Hangup/>'), { phones: { [MOBILE]: { does: 'presses', key: '1' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.violations).toEqual([]);
    expect(call.outcome).toEqual({ is: 'answered', by: MOBILE, machine: false });
    expect(app.paths()).toEqual(['/voice', '/screen', '/pressed', '/step', '/status']);
    expect(app.asked.every(({ genuine }) => genuine)).toBe(true);
    const asked = app.last('/screen');
    expect(asked).toMatchObject({ AccountSid: ACCOUNT, ParentCallSid: call.callSid, Direction: 'outbound-dial', CallStatus: 'in-progress', From: CALLER, To: MOBILE });
    expect(asked['CallSid']).not.toBe(call.callSid);
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true', DialCallSid: asked['CallSid'] });
  });

  it.each<[string, PhoneBehaviour]>([
    ['a private voicemail', { does: 'private-voicemail' }],
    ['a person who presses nothing', { does: 'answers' }],
    ['a person who presses another key', { does: 'presses', key: '9' }],
  ])('goes on without %s when the document hangs up', async (_who, phone) => {
    const { twilio, app } = await rig(answers('<Hangup/>'), { phones: { [MOBILE]: phone } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'false', CallStatus: 'ringing' });
    expect(call.outcome).toEqual({ is: 'nothing' });
    expect(call.steps).toContainEqual(expect.objectContaining({ what: 'screened', to: MOBILE, accepted: false }));
  });

  it('connects a voicemail when the document comes to its end, and says that it was one', async () => {
    const { twilio } = await rig(answers(''), { phones: { [MOBILE]: { does: 'private-voicemail' } } });
    expect((await twilio.placeCall({ from: CALLER, to: NUMBER })).outcome).toEqual({ is: 'answered', by: MOBILE, machine: true });
  });

  it('screens a SIP callee as well, and drops it with a BYE', async () => {
    const desk = await pbx({ talkMs: 60_000 });
    const { twilio, app } = await rig({
      ...answers('<Hangup/>'),
      '/voice': () => response(`<Dial answerOnBridge="true" action="/step"><Sip url="/screen">sip:100@127.0.0.1:${desk.port}</Sip></Dial>`),
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.last('/screen')['SipCallId']).toBe(desk.calls[0]?.callId);
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'false', DialSipResponseCode: '200' });
    expect(call.violations).toEqual([]);
  });

  it('does not let a callee\'s document dial', async () => {
    const { twilio } = await rig({ ...answers(''), '/screen': () => response(`<Dial>${CALLER}</Dial>`) }, { phones: { [MOBILE]: { does: 'answers' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.violations).toMatchObject([{ code: 12200 }]);
    expect(call.outcome).toEqual({ is: 'nothing' });
  });

  it('drops the callee when the caller hangs up meanwhile', async () => {
    const { twilio, app } = await rig(answers('<Hangup/>'), { phones: { [MOBILE]: { does: 'private-voicemail' } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, hangUpAfterMs: 4000 });
    expect(call.outcome).toEqual({ is: 'hung-up' });
    expect(app.last('/step')).toMatchObject({ DialBridged: 'false', CallStatus: 'no-answer' });
  });
});

describe('forwarded telephones', () => {
  const OTHER = '+442079460999';

  it('brings the call back with ForwardedFrom', async () => {
    const { twilio, app } = await rig({
      ...answers('<Hangup/>'),
      '/voice': ({ To }) => response(To === OTHER ? '<Say>Welcome.</Say>' : `<Dial answerOnBridge="true" action="/step"><Number>${MOBILE}</Number></Dial>`),
    }, { phones: { [MOBILE]: { does: 'forwards-to', number: OTHER } } });
    twilio.addNumber(OTHER, { voice_url: `${app.origin}/voice` });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.last('/voice')).toMatchObject({ From: CALLER, To: OTHER, ForwardedFrom: MOBILE });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true' });
    const inner = call.steps.flatMap((step) => (step.what === 'forwarded' ? [step.call] : []));
    expect(inner).toMatchObject([{ to: OTHER, outcome: { is: 'announcement', text: 'Welcome.' } }]);
  });

  it('is cut after ten rounds when nobody else stops the loop', async () => {
    const { twilio, app } = await rig({
      ...answers('<Hangup/>'), '/voice': () => response(`<Dial answerOnBridge="true" action="/step"><Number>${MOBILE}</Number></Dial>`),
    }, { phones: { [MOBILE]: { does: 'forwards-to', number: NUMBER } } });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    const rounds = app.paths().filter((path) => path === '/voice').length;
    expect(rounds).toBe(11);
    expect(call.outcome).toEqual({ is: 'nothing' });
    expect(app.last('/step')).toMatchObject({ DialCallStatus: 'failed' });
  });
});
