/** A call on SignalWire, over real HTTP from its first webhook to the report of its end: wired by the service itself, and answered by it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSignalwire, type Signalwire } from '../../../stand-ins/signalwire/signalwire.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';
import { PROJECT, TOKEN } from './routing-fixture.ts';

const KEY = 'PSK-0123456789-of-the-test';
const NUMBER = '+442079460123';
const MOBILE = '+447400123456';

const here = calledService({ country: 'GB', destinations: [{ to: MOBILE, ringSeconds: 20 }, { to: 'announcement', say: 'Please call again tomorrow.' }] });
let signalwire: Signalwire;

beforeEach(async () => {
  signalwire = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, signingKey: KEY, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  signalwire.addNumber(NUMBER);
  await here.service.ask('PUT', '/v1/carriers/sw', { kind: 'signalwire', credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN, signingKey: KEY }, baseUrl: signalwire.url });
  await here.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'sw', plan: 'acme' });
  expect(await here.service.ask('POST', `/v1/carriers/sw/wiring/${NUMBER}`, {})).toMatchObject({ state: 'wired', applied: true });
});
afterEach(() => signalwire.close());

it('the primary first, the plan when it fails, the words when nobody answers; and the record of it all', async () => {
  const call = await signalwire.placeCall({
    from: '+447700900123', to: NUMBER,
    leg: (dialled): Record<string, string> => (dialled.startsWith('sip:') ? { CallStatus: 'in-progress', DialCallStatus: 'failed', DialSipResponseCode: '503' } : { CallStatus: 'in-progress', DialCallStatus: 'no-answer' }),
  });
  expect(call.faults).toEqual([]);
  expect(call.dialled).toEqual([expect.stringMatching(/^sip:\+442079460123@pbx\.example\.net;transport=udp\?X-Ringthrough=/), MOBILE]);
  expect(call.heard).toEqual(['Please call again tomorrow.']);
  expect(call.webhooks.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
    ['/webhooks/sw/voice', 200], ['/webhooks/sw/step', 200], ['/webhooks/sw/step', 200], ['/webhooks/sw/status', 204],
  ]);
  await here.recorded(call.callSid, { legs: [{ end: 'failed', cause: 'down' }, { to: MOBILE, end: 'no-answer' }], outcome: 'missed' });
});

it('whoever has another key is refused', async () => {
  const forger = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, signingKey: 'another', origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  forger.addNumber(NUMBER, { voice_url: `${PUBLIC_BASE_URL}/webhooks/sw/voice` });
  const call = await forger.placeCall({ from: '+447700900123', to: NUMBER, leg: () => ({}) });
  await forger.close();
  expect(call.webhooks.map(({ status }) => status)).toEqual([403]);
  expect(call.dialled).toEqual([]);
});
