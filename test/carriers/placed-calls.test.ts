/** Calls that we place at carriers, through their APIs and real HTTP, against strict stand-ins: what our own webhooks are told of them, and what is refused. */
import { describe, expect, it } from 'vitest';
import { createTwilioApi } from '../../src/carriers/twilio/api.ts';
import type { PhoneBehaviour } from '../../stand-ins/twilio/phones.ts';
import type { TwilioOptions } from '../../stand-ins/twilio/twilio.ts';
import { response } from '../stand-ins/application.ts';
import { ACCOUNT, CALLER, MOBILE, NUMBER, ok, pbx, rig, TOKEN } from '../stand-ins/rig.ts';

const ASK = response('<Gather numDigits="1" timeout="5" action="/pressed"><Say>Press 1.</Say></Gather><Hangup/>');
const answers = { '/test': () => ASK, '/pressed': () => response('<Say>Thank you.</Say><Hangup/>'), '/told': ok };

async function calling(phone?: PhoneBehaviour, options: Partial<TwilioOptions> = {}) {
  const { twilio, app } = await rig(answers, { ...(phone ? { phones: { [MOBILE]: phone } } : {}), ...options });
  const api = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, timeoutMs: 5000 });
  const place = (to = MOBILE, more: object = {}) => api.placeCall!({ to, from: NUMBER, answerUrl: `${app.origin}/test`, statusUrl: `${app.origin}/told`, ringSeconds: 10, limitSeconds: 60, ...more });
  const told = (): string[] => app.asked.filter(({ path }) => path === '/told').map(({ params }) => params['CallStatus'] ?? '');
  return { twilio, app, api, place, told };
}

describe('a call placed at Twilio', () => {
  it('rings, is answered with our document, and every webhook of it is signed; the key that was pressed is told', async () => {
    const { twilio, app, api, place, told } = await calling({ does: 'presses', key: '1', talkSeconds: 60 });
    const { ref } = await place();
    await twilio.placed[0]!.over;
    expect(twilio.placed[0]).toMatchObject({ sid: ref, status: 'completed' });
    expect(app.last('/pressed')).toMatchObject({ Digits: '1', CallSid: ref, Direction: 'outbound-api', From: NUMBER, To: MOBILE });
    expect(told().toSorted()).toEqual(['completed', 'in-progress', 'initiated', 'ringing']);
    expect(app.asked.every(({ genuine }) => genuine)).toBe(true);
    expect(twilio.placed[0]!.transcript.violations).toEqual([]);
    expect(twilio.phones.callsTo(MOBILE)).toMatchObject([{ callerId: NUMBER }]);
    expect(await api.placedCall!(ref)).toEqual({ is: 'ended', status: 'completed' });
    await api.endCall!(ref);
    expect(await api.placedCall!(`CA${'0'.repeat(32)}`)).toBeUndefined();
  });

  it.each<[string, PhoneBehaviour | undefined, string]>([
    ['busy', { does: 'busy' }, 'busy'],
    ['not answered', { does: 'no-answer' }, 'no-answer'],
    ['no such number', undefined, 'failed'],
  ])('that is %s ends so, and our document is never asked for', async (_what, phone, status) => {
    const { twilio, app, place, told } = await calling(phone);
    await place();
    await twilio.placed[0]!.over;
    expect(told()).toContain(status);
    expect(app.paths()).not.toContain('/test');
  });

  it('reaches a SIP destination, too', async () => {
    const desk = await pbx({ talkMs: 60_000 });
    const { twilio, place, told } = await calling();
    // Time passes a hundred times as fast for the carrier, and not for the PBX.
    await place(`sip:100@127.0.0.1:${desk.port}`, { ringSeconds: 600 });
    await twilio.placed[0]!.over;
    expect(told()).toContain('completed');
    expect(desk.calls).toHaveLength(1);
  });

  it('is ended while it rings, and while somebody listens', async () => {
    for (const phone of [{ does: 'no-answer' }, { does: 'answers', talkSeconds: 9000 }] as const) {
      // Real seconds: what ends it is us.
      const { twilio, api, place, told, app } = await calling(phone, { timeScale: phone.does === 'no-answer' ? 1 : 4 });
      const { ref } = await place();
      if (phone.does === 'answers') await expect.poll(() => app.paths()).toContain('/test');
      expect(await api.placedCall!(ref)).toEqual({ is: 'going-on' });
      await api.endCall!(ref);
      await twilio.placed[0]!.over;
      expect(told()).toContain(phone.does === 'no-answer' ? 'canceled' : 'completed');
    }
  });

  it('is refused in the words of the catalogue, without the numbers in them, and nobody rings', async () => {
    const { twilio, place } = await calling({ does: 'answers' });
    for (const [to, more, code] of [[MOBILE, { from: CALLER }, '21210'], ['sip:nobody', {}, '21211'], [MOBILE, { answerUrl: 'nowhere' }, '21205'], [MOBILE, { limitSeconds: 0 }, '20001']] as const) {
      await expect(place(to, more)).rejects.toMatchObject({ code: 'carrier_refused', message: expect.stringContaining(code) });
      await expect(place(to, more)).rejects.not.toMatchObject({ message: expect.stringContaining(CALLER) });
    }
    twilio.faults.next(1, 'throttled');
    await expect(place()).rejects.toMatchObject({ code: 'carrier_throttled' });
    twilio.faults.next(1, 'broken');
    await expect(place()).rejects.toMatchObject({ code: 'carrier_outcome_unknown' });
    expect(twilio.phones.calls).toEqual([]);
  });
});
