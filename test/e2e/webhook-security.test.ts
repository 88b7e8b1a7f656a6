/** Only the carrier itself is listened to: forged, unsigned and replayed webhooks are refused and counted, and change nothing. */
import { describe, expect, it } from 'vitest';
import { sign } from '../../stand-ins/twilio/signature.ts';
import type { WebhookRecord } from '../../stand-ins/twilio/transcript.ts';
import { PUBLIC_BASE_URL, startService } from '../support/service.ts';
import { ACCOUNT, CALLER, closeAfterTest, dialled, MOBILE, NUMBER, openRig, TOKEN, useRedis, type Rig } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE }, { to: 'voicemail' }];
const phones = { [MOBILE]: { does: 'answers' } } as const;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const params = { CallSid: `CA${'1'.repeat(32)}`, AccountSid: ACCOUNT, From: CALLER, To: NUMBER, CallStatus: 'ringing' };

/** A webhook as anybody could send it. */
function post(rig: Rig, verb: string, form: Record<string, string>, signature?: string) {
  return rig.api.request('POST', `/webhooks/main/${verb}`, new URLSearchParams(form).toString(), null, { ...FORM, ...(signature === undefined ? {} : { 'x-twilio-signature': signature }) });
}

const signed = (verb: string, form: Record<string, string>, token: string) => sign(token, `${PUBLIC_BASE_URL}/webhooks/main/${verb}`, form);
const VERBS = ['voice', 'step', 'screen', 'pressed', 'voicemail', 'recorded', 'status', 'recovery', 'drill', 'drill-key', 'drill-status'];

describe('a webhook that is not the carrier\'s', () => {
  it.each(VERBS)('%s: without a signature, with a forged one, one for another address or another body: refused and counted', async (verb) => {
    const rig = await openRig(redis(), { plan: PLAN });
    const closing = { ...params, CallStatus: 'completed', RecordingSid: 'RE1', RecordingDuration: '9' };
    expect(await post(rig, verb, closing)).toMatchObject({ status: 403, body: { code: 'webhook_unsigned' } });
    const forgeries = [signed(verb, closing, 'not-the-token'), signed('other', closing, TOKEN), signed(verb, { ...closing, From: '+447700900000' }, TOKEN), 'x', ''];
    for (const forgery of forgeries.slice(0, 4)) expect(await post(rig, verb, closing, forgery)).toMatchObject({ status: 403, body: { code: 'webhook_forged' } });
    expect(await rig.metric('ringthrough_webhooks_total', { verb, result: 'webhook_unsigned' })).toBe(1);
    expect(await rig.metric('ringthrough_webhooks_total', { verb, result: 'webhook_forged' })).toBe(4);
    expect(await rig.calls()).toEqual([]);
    expect(await rig.metric('ringthrough_calls_total')).toBe(0);
    expect((await post(rig, verb, closing, signed(verb, closing, TOKEN))).status).toBeLessThan(300);
  });

  it('of a carrier that is not known is not found', async () => {
    const rig = await openRig(redis());
    expect(await rig.api.request('POST', '/webhooks/nobody/voice', 'a=b', null, FORM)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('says nothing of the caller in the log', async () => {
    const rig = await openRig(redis(), { plan: PLAN, pbx: { behaviour: 'refusing' }, twilio: { phones } });
    await rig.place();
    await post(rig, 'voice', params, 'forged');
    const log = rig.api.lines.join('\n');
    expect(log).not.toBe('');
    for (const secret of [CALLER.slice(1), NUMBER.slice(1), MOBILE.slice(1), TOKEN]) expect(log).not.toContain(secret);
  });
});

describe('a replay', () => {
  it('within the time in which carriers retry is answered the same and changes nothing; after it, it is refused and counted', async () => {
    let ahead = 0;
    const rig = await openRig(redis(), { plan: PLAN, pbx: { behaviour: 'refusing' }, twilio: { phones }, settings: { REPLAY_WINDOW_SECONDS: 60 }, clock: { now: () => Date.now() + ahead } });
    const call = await rig.place();
    const record = await rig.recorded(call, { outcome: 'answered', endedAt: expect.any(String) as string });
    const resend = (webhook: WebhookRecord) => rig.twilio.resend(webhook);
    ahead = 10_000;
    for (const webhook of call.webhooks) expect(await resend(webhook)).toMatchObject({ status: webhook.response?.status, body: webhook.response?.body });
    ahead = 61_000;
    for (const webhook of call.webhooks) expect(await resend(webhook)).toMatchObject({ status: 403, body: expect.stringContaining('webhook_replayed') as string });
    expect(await rig.metric('ringthrough_webhooks_total', { result: 'webhook_replayed' })).toBe(call.webhooks.length);
    expect(await rig.calls()).toEqual([record]);
    expect(await rig.metric('ringthrough_active_legs')).toBe(0);
  });
});

describe('a replay at another process', () => {
  it('is refused there too, and at one that is started anew; no leg begins', async () => {
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead };
    const rig = await openRig(redis(), { services: 2, plan: PLAN, pbx: { behaviour: 'refusing' }, twilio: { phones }, settings: { REPLAY_WINDOW_SECONDS: 60 }, clock });
    const call = await rig.place();
    const record = await rig.recorded(call, { outcome: 'answered', endedAt: expect.any(String) as string });
    expect(call.webhooks.length).toBeGreaterThan(2);
    // Each has answered some of them, and hears of the others.
    await expect.poll(() => rig.metric('ringthrough_webhooks_remembered'), { timeout: 20_000 }).toBe(2 * call.webhooks.length);
    const anew = await startService({ redis: redis(), settings: { WORKERS: 'off', REPLAY_WINDOW_SECONDS: 60 }, system: { clock } });
    closeAfterTest(() => anew.close());
    ahead = 61_000;
    for (const service of [...rig.services, anew]) {
      rig.origins.set(PUBLIC_BASE_URL, service.url);
      for (const webhook of call.webhooks) expect(await rig.twilio.resend(webhook)).toMatchObject({ status: 403, body: expect.stringContaining('webhook_replayed') as string });
      expect((await service.request<string>('GET', '/metrics', undefined, null)).body).toMatch(/^ringthrough_active_legs 0$/m);
    }
    expect(await rig.calls()).toEqual([record]);
  });
});

describe('the auth token', () => {
  const rotating = (nextAuthToken?: string) => ({ kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN, ...(nextAuthToken === undefined ? {} : { nextAuthToken }) } });

  it('is rotated without losing a call', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    const next = 'the-next-token-of-the-stand-in';
    await rig.api.ask('PUT', '/v1/carriers/main', rotating(next));
    expect(dialled(await rig.place())).toEqual(['pbx']);
    rig.twilio.rotateAuthToken(next);
    expect(dialled(await rig.place())).toEqual(['pbx']);
    await rig.api.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: next } });
    expect(dialled(await rig.place())).toEqual(['pbx']);
    // The old one opens nothing any more.
    expect(await post(rig, 'voice', params, signed('voice', params, TOKEN))).toMatchObject({ status: 403 });
  });

  it('is never shown, nor is the next one', async () => {
    const rig = await openRig(redis());
    const shown = JSON.stringify([await rig.api.ask('PUT', '/v1/carriers/main', rotating('the-next')), await rig.api.ask('GET', '/v1/carriers/main'), await rig.api.ask('GET', '/v1/audit')]);
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain('the-next');
  });

  it('that cannot be read makes an honest 503, and the call goes to the fallback of the carrier', async () => {
    const credentials = { accountSid: ACCOUNT, authToken: 'env:RINGTHROUGH_TEST_NO_SUCH_VARIABLE' };
    const rig = await openRig(redis(), { plan: PLAN, carrier: { credentials }, twilio: { phones } });
    const answer = await post(rig, 'voice', params, signed('voice', params, TOKEN));
    expect(answer).toMatchObject({ status: 503, body: { code: 'carrier_secret_missing' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await rig.metric('ringthrough_webhooks_total', { verb: 'voice', result: 'carrier_secret_missing' })).toBe(1);
    // Asked as often as the wiring says for 5xx; then the fallback, where the secret is not there either.
    const call = await rig.twilio.placeCall({ from: CALLER, to: NUMBER });
    expect(call.webhooks.map(({ kind, attempts, response }) => [kind, attempts, response?.status])).toEqual([['voice', 2, 503], ['fallback', 1, 503], ['status', 3, 503]]);
    // As soon as it can be read, calls are answered.
    await rig.api.ask('PUT', '/v1/carriers/main', rotating());
    expect(dialled(await rig.place())).toEqual(['pbx']);
  });
});
