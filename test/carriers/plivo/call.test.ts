/** A call on Plivo, over real HTTP from its first webhook to the report of its end: wired by the service itself, and answered by it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPlivo, type Plivo } from '../../../stand-ins/plivo/plivo.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';
import { AUTH_ID } from './routing-fixture.ts';

const KEY = 'a-token-of-this-test-0123456789';
const NUMBER = '+442079460123';
const MOBILE = '+447400123456';

const here = calledService({ country: 'GB', destinations: [{ to: MOBILE, ringSeconds: 20 }, { to: 'announcement', say: 'Please call again tomorrow.' }] });
let plivo: Plivo;

beforeEach(async () => {
  plivo = await createPlivo({ authId: AUTH_ID, authToken: KEY, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  plivo.addNumber(NUMBER);
  await here.service.ask('PUT', '/v1/carriers/plivo', { kind: 'plivo', credentials: { authId: AUTH_ID, authToken: KEY }, baseUrl: plivo.url });
  await here.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'plivo', plan: 'acme' });
  expect(await here.service.ask('POST', `/v1/carriers/plivo/wiring/${NUMBER}`, {})).toMatchObject({ state: 'wired', applied: true });
});
afterEach(() => plivo.close());

it('the primary first, the plan when it fails, the words when nobody answers; and the record of it all', async () => {
  const call = await plivo.placeCall({
    from: '+447700900123', to: NUMBER,
    leg: (dialled): Record<string, string> => (dialled.startsWith('sip:') ? { DialStatus: 'failed', DialHangupCause: 'NORMAL_TEMPORARY_FAILURE' } : { DialStatus: 'no-answer', DialHangupCause: 'NO_ANSWER' }),
  });
  expect(call.faults).toEqual([]);
  expect(call.dialled).toEqual(['sip:+442079460123@pbx.example.net', MOBILE.slice(1)]);
  expect(call.heard).toEqual(['Please call again tomorrow.']);
  expect(call.webhooks.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
    ['/webhooks/plivo/voice', 200], ['/webhooks/plivo/step', 200], ['/webhooks/plivo/step', 200], ['/webhooks/plivo/status', 204],
  ]);
  await here.recorded(call.callSid, { legs: [{ end: 'failed', cause: 'down' }, { to: MOBILE, end: 'no-answer' }], outcome: 'missed' });
});

it('whoever has another key is refused', async () => {
  const forger = await createPlivo({ authId: AUTH_ID, authToken: 'another', origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  forger.addNumber(NUMBER, { app_id: forger.addApplication({ answer_url: `${PUBLIC_BASE_URL}/webhooks/plivo/voice` }).app_id });
  const call = await forger.placeCall({ from: '+447700900123', to: NUMBER, leg: () => ({}) });
  await forger.close();
  expect(call.webhooks.map(({ status }) => status)).toEqual([403]);
  expect(call.dialled).toEqual([]);
});
