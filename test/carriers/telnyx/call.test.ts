/** A call on Telnyx, over real HTTP from its first webhook to the report of its end: wired by the service itself, and answered by it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { telnyxRouting } from '../../../src/carriers/telnyx/routing.ts';
import { createTelnyx, type Telnyx } from '../../../stand-ins/telnyx/telnyx.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';
import fixture from './signature-vectors.json' with { type: 'json' };

const KEY = 'KEY0123456789ABCDEF_of-the-test';
const NUMBER = '+442079460123';
const MOBILE = '+447400123456';

const here = calledService({ country: 'GB', destinations: [{ to: MOBILE, ringSeconds: 20 }, { to: 'announcement', say: 'Please call again tomorrow.' }] });
let telnyx: Telnyx;

beforeEach(async () => {
  telnyx = await createTelnyx({ apiKey: KEY, privateSeed: fixture.privateSeed, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  telnyx.addNumber(NUMBER, { connection_id: telnyx.addConnection() });
  await here.service.ask('PUT', '/v1/carriers/telnyx', { kind: 'telnyx', credentials: { apiKey: KEY, publicKey: fixture.publicKey, outboundVoiceProfileId: '1293384261075731500' }, baseUrl: telnyx.url });
  await here.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'telnyx', plan: 'acme' });
  expect(await here.service.ask('POST', `/v1/carriers/telnyx/wiring/${NUMBER}`, { takeFromTrunk: true })).toMatchObject({ state: 'wired', applied: true });
});
afterEach(() => telnyx.close());

it('the primary first, the plan when it fails, the words when nobody answers; and the record of it all', async () => {
  const call = await telnyx.placeCall({
    from: '+447700900123', to: NUMBER,
    leg: (dialled): Record<string, string> => (dialled.startsWith('sip:') ? { CallStatus: 'in-progress', DialCallStatus: 'failed', HangupCause: 'unspecified', SipHangupCause: '503' } : { CallStatus: 'in-progress', DialCallStatus: 'no-answer' }),
  });
  expect(call.faults).toEqual([]);
  expect(call.dialled).toEqual([expect.stringMatching(/^sip:\+442079460123@pbx\.example\.net\?X-Ringthrough=/), MOBILE]);
  expect(call.heard).toEqual(['Please call again tomorrow.']);
  expect(call.webhooks.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
    ['/webhooks/telnyx/voice', 200], ['/webhooks/telnyx/step', 200], ['/webhooks/telnyx/step', 200], ['/webhooks/telnyx/status', 204],
  ]);
  const ref = call.callSid.replaceAll(':', '-');
  await here.recorded(ref, { legs: [{ end: 'failed', cause: 'down' }, { to: MOBILE, end: 'no-answer' }], outcome: 'missed' });
});

it('an application that is led to us is answered by the plan', async () => {
  const { id } = telnyx.addApplication({ voice_url: 'https://theirs.example/voice', ...telnyxRouting.divertedTo('group', {}, [{ kind: 'web', url: `${PUBLIC_BASE_URL}/webhooks/telnyx/voice` }]) });
  Object.assign(telnyx.number(NUMBER) ?? {}, { connection_id: id });
  const call = await telnyx.placeCall({ from: '+447700900123', to: NUMBER, leg: () => ({ CallStatus: 'in-progress', DialCallStatus: 'completed' }) });
  expect([call.faults, call.webhooks[0]?.status]).toEqual([[], 200]);
});

it('whoever has another key is refused', async () => {
  const forger = await createTelnyx({ apiKey: KEY, privateSeed: '00'.repeat(32), origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  const { id } = forger.addApplication({ voice_url: `${PUBLIC_BASE_URL}/webhooks/telnyx/voice` });
  forger.addNumber(NUMBER, { connection_id: id });
  const call = await forger.placeCall({ from: '+447700900123', to: NUMBER, leg: () => ({}) });
  await forger.close();
  expect(call.webhooks.map(({ status }) => status)).toEqual([403]);
  expect(call.dialled).toEqual([]);
});
