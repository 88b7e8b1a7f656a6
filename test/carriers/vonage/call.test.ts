/** A call on Vonage, over real HTTP from its first webhook to the event of its end: wired by the service itself, and answered by it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVonage, type Vonage } from '../../../stand-ins/vonage/vonage.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';

const ACCOUNT = { apiKey: '12345678', apiSecret: 'a-secret-of-the-test', signatureSecret: 'a-signature-secret-of-the-test' };
const MSISDN = '442079460123';
const MOBILE = '+447400123456';

const here = calledService({ country: 'GB', destinations: [{ to: MOBILE, ringSeconds: 20 }, { to: 'announcement', say: 'Please call again tomorrow.' }] });
let vonage: Vonage;

beforeEach(async () => {
  vonage = await createVonage({ ...ACCOUNT, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  vonage.addNumber('GB', MSISDN);
  await here.service.ask('PUT', '/v1/carriers/vonage', { kind: 'vonage', credentials: ACCOUNT, baseUrl: vonage.url });
  await here.service.ask('PUT', `/v1/numbers/+${MSISDN}`, { customer: 'acme', primary: 'pbx', carrier: 'vonage', plan: 'acme' });
  expect(await here.service.ask('POST', `/v1/carriers/vonage/wiring/+${MSISDN}`, {})).toMatchObject({ state: 'wired', applied: true, ref: `GB-${MSISDN}` });
});
afterEach(() => vonage.close());

it('the primary first, the plan when it fails, the words when nobody answers; and the record of it all', async () => {
  const call = await vonage.placeCall({
    from: '+447700900123', to: `+${MSISDN}`,
    leg: (dialled) => (dialled.startsWith('sip:') ? [{ status: 'started' }, { status: 'failed', sip_code: '503' }] : [{ status: 'started' }, { status: 'ringing' }, { status: 'timeout' }]),
  });
  expect(call.faults).toEqual([]);
  expect(call.dialled).toEqual([`sip:+${MSISDN}@pbx.example.net`, '447400123456']);
  expect(call.heard).toEqual(['Please call again tomorrow.']);
  expect(call.webhooks.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
    ['/webhooks/vonage/voice', 200], ['/webhooks/vonage/step', 204], ['/webhooks/vonage/step', 200],
    ['/webhooks/vonage/step', 204], ['/webhooks/vonage/step', 204], ['/webhooks/vonage/step', 200], ['/webhooks/vonage/status', 204],
  ]);
  await here.recorded(call.conversation, { from: '+447700900123', number: `+${MSISDN}`, legs: [{ end: 'failed', cause: 'down' }, { to: MOBILE, end: 'no-answer' }], outcome: 'missed' });
});

it('a backup that answers has the call', async () => {
  const call = await vonage.placeCall({
    from: '+447700900123', to: `+${MSISDN}`,
    leg: (dialled) => (dialled.startsWith('sip:') ? [{ status: 'failed' }] : [{ status: 'answered' }, { status: 'completed', duration: '40' }]),
  });
  expect([call.dialled.length, call.heard]).toEqual([2, []]);
  await here.recorded(call.conversation, { outcome: 'answered' });
});

it('whoever has another secret is refused', async () => {
  const forger = await createVonage({ ...ACCOUNT, signatureSecret: 'another', origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  const { id } = forger.addApplication({ capabilities: { voice: { webhooks: { answer_url: { address: `${PUBLIC_BASE_URL}/webhooks/vonage/voice`, http_method: 'POST' } } } } });
  forger.addNumber('GB', MSISDN, { app_id: id });
  const call = await forger.placeCall({ from: '+447700900123', to: `+${MSISDN}`, leg: () => [] });
  await forger.close();
  expect([call.webhooks.map(({ status }) => status), call.dialled]).toEqual([[403], []]);
});
