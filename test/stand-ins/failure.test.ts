import { describe, expect, it } from 'vitest';
import { CANNED_ERROR } from '../../stand-ins/twilio/documents.ts';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { response, type Said } from './application.ts';
import { CALLER, MOBILE, NUMBER, ok, rig } from './rig.ts';

const goodbye = () => response('<Say>The fallback.</Say>');
const withFallback = (origin: string) => ({ voice_url: `${origin}/voice#rt=1000&rc=0`, voice_fallback_url: `${origin}/fallback`, status_callback: `${origin}/status` });

describe('when the application fails', () => {
  it.each<[string, Said, string, number]>([
    ['an error', { status: 500, type: 'text/html', body: 'oops' }, '11200', 1],
    ['the wrong type', { type: 'text/html', body: response('') }, '12300', 1],
    ['no document', { body: '<Response><Say>' }, '12100', 1],
    ['a verb that does not exist', response('<Shout>x</Shout>'), '12200', 1],
    ['silence', 'hang', '11200', 0],
  ])('asks the fallback after %s', async (_what, said, code, violations) => {
    const { twilio, app } = await rig({ '/voice': () => said, '/fallback': goodbye, '/status': ok }, { settings: withFallback });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'announcement', text: 'The fallback.' });
    expect(app.last('/fallback')).toMatchObject({ ErrorCode: code, ErrorUrl: `${app.origin}/voice#rt=1000&rc=0`, CallSid: call.callSid });
    expect(app.asked.every(({ genuine }) => genuine)).toBe(true);
    expect(call.violations).toHaveLength(violations);
  });

  it('asks the fallback when nobody listens, and the fragment neither travels nor is signed', async () => {
    const { twilio, app } = await rig({ '/fallback': goodbye, '/status': ok }, {
      settings: (origin) => ({ ...withFallback(origin), voice_url: 'http://127.0.0.1:1/voice#ct=500' }),
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.webhooks[0]).toMatchObject({ url: 'http://127.0.0.1:1/voice', attempts: 2, response: undefined, failure: { code: 11205 } });
    expect(app.last('/fallback')['ErrorCode']).toBe('11205');
    expect(call.violations).toEqual([]);
  });

  it('says so itself when the fallback fails too', async () => {
    const { twilio, app } = await rig({ '/voice': () => ({ status: 503 }), '/fallback': () => ({ status: 503 }), '/status': ok }, { settings: withFallback });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'canned-error' });
    expect(call.steps).toContainEqual(expect.objectContaining({ what: 'heard', text: CANNED_ERROR }));
    expect(app.last('/status')).toMatchObject({ CallStatus: 'completed' });
  });

  it('retries what its overrides say, with the same token, and says which are wrong', async () => {
    let tries = 0;
    const { twilio, app } = await rig({ '/voice': () => ((tries += 1) < 3 ? { status: 502 } : response('<Say>At last.</Say>')), '/status': ok }, {
      settings: (origin) => ({ voice_url: `${origin}/voice#rc=4&rp=5xx,ct&ct=5&colour=red` }),
    });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'announcement', text: 'At last.' });
    expect(call.webhooks[0]?.attempts).toBe(3);
    expect(new Set(app.asked.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
    expect(call.violations.map(({ detail }) => detail)).toEqual([expect.stringContaining('ct=5'), expect.stringContaining('colour')]);
  });

  it('does not retry a 5xx unless told to', async () => {
    const { twilio, app } = await rig({ '/voice': () => ({ status: 502 }), '/status': ok });
    await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.paths()).toEqual(['/voice', '/status']);
  });

  it('counts a callback that is refused', async () => {
    const { twilio } = await rig({ '/voice': () => response('<Reject reason="busy"/>'), '/status': () => ({ status: 403 }) });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call).toMatchObject({ status: 'busy', outcome: { is: 'nothing' }, violations: [{ code: 11200 }] });
  });

  it('lets a call be rejected only as long as nothing has answered it', async () => {
    const reject = (first: string) => ({ '/voice': () => response(`${first}<Redirect>/reject</Redirect>`), '/reject': () => response('<Reject/>'), '/status': ok });
    const ringing = await rig(reject('<Pause length="1"/>'));
    expect(await ringing.twilio.placeCall({ from: CALLER, to: NUMBER })).toMatchObject({ status: 'no-answer', violations: [] });
    const answered = await rig(reject('<Say>Hello.</Say>'));
    expect(await answered.twilio.placeCall({ from: CALLER, to: NUMBER })).toMatchObject({ status: 'completed', violations: [{ code: 12200 }] });
  });

  it('stops a call that goes round in circles', async () => {
    const { twilio } = await rig({ '/voice': () => response('<Redirect>/voice</Redirect>'), '/status': ok });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'canned-error' });
    expect(call.violations).toHaveLength(1);
  });
});

describe('what stands between', () => {
  const dialling = { '/voice': () => response(`<Dial action="/step"><Number>${MOBILE}</Number></Dial>`), '/step': () => response('<Hangup/>'), '/status': ok };
  const phones = { [MOBILE]: { does: 'busy' } } as const;

  it('can drop, double and delay callbacks', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const deliver: Deliver = async ({ kind }, send) => {
      if (kind === 'status') return void late.push(send);
      if (kind === 'action') await send();
      return send();
    };
    const { twilio, app } = await rig(dialling, { phones, deliver });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(app.paths()).toEqual(['/voice', '/step', '/step']);
    await late[0]?.();
    expect(app.paths().at(-1)).toBe('/status');
    expect(call.webhooks.map(({ kind }) => kind)).toEqual(['voice', 'action', 'action', 'status']);
  });

  it('takes a dropped action for a failure', async () => {
    const { twilio } = await rig(dialling, { phones });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER, deliver: async ({ kind }, send) => (kind === 'action' ? undefined : send()) });
    expect(call.outcome).toEqual({ is: 'canned-error' });
  });

  it('sends a webhook again, unchanged and genuine', async () => {
    const { twilio, app } = await rig(dialling, { phones });
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    const action = call.webhooks.find(({ kind }) => kind === 'action');
    expect(action).toBeDefined();
    if (action) expect(await twilio.resend(action)).toMatchObject({ status: 200, contentType: 'text/xml' });
    const [first, second] = app.asked.filter(({ path }) => path === '/step');
    expect(second).toMatchObject({ genuine: true, params: first?.params });
  });

  it('reaches a public origin where it really listens, signed as the public one', async () => {
    const origins = new Map<string, string>();
    const { twilio, app } = await rig({ '/voice': () => response('<Say>Hello.</Say>') }, { origins, settings: () => ({ voice_url: 'https://calls.example.net/voice' }) });
    origins.set('https://calls.example.net', app.origin);
    const call = await twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.outcome).toEqual({ is: 'announcement', text: 'Hello.' });
    expect(call.webhooks[0]?.url).toBe('https://calls.example.net/voice');
    expect(app.asked[0]?.headers.host).toBe('calls.example.net');
  });

  it('asks with GET when told to, and adds parameters that nobody expected', async () => {
    const { twilio, app } = await rig({ '/voice': () => response('<Say>Hello.</Say>') }, { settings: (origin) => ({ voice_url: `${origin}/voice?k=v`, voice_method: 'GET' }) });
    await twilio.placeCall({ from: CALLER, to: NUMBER, extraParams: { BrandNew: 'é & ü' } });
    expect(app.asked[0]).toMatchObject({ genuine: true, params: { k: 'v', From: CALLER, BrandNew: 'é & ü' } });
  });

  it('lets the caller press keys', async () => {
    const { twilio, app } = await rig({ '/voice': () => response('<Gather action="/keys" timeout="3"><Say>Key?</Say></Gather>'), '/keys': () => response('<Say>Thanks.</Say>') });
    await twilio.placeCall({ from: CALLER, to: NUMBER, dtmf: ['42#'] });
    expect(app.last('/keys')).toMatchObject({ Digits: '42', FinishedOnKey: '#' });
  });
});
