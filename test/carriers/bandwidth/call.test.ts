/** A call at Bandwidth, over real HTTP from its first event to the report of its end, answered by the service itself. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wantedWiring } from '../../../src/carriers/bandwidth/wiring.ts';
import { createBandwidth, type Bandwidth } from '../../../stand-ins/bandwidth/bandwidth.ts';
import type { Application, Arrival, Transcript } from '../../../stand-ins/bandwidth/call.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';

const ACCOUNT = { accountId: '9900012', username: 'api-user', password: 'a-password-of-the-test' };
const PASSWORD = 'a-webhook-password-of-the-test';
const TN = '2052160156';
const NUMBER = `+1${TN}`;
const MOBILE = '+17042661720';

const here = calledService({ country: 'US', destinations: [{ to: MOBILE, ringSeconds: 20, screen: true }, { to: 'voicemail', say: 'Please leave a message.' }] });
let bandwidth: Bandwidth;

beforeEach(async () => {
  bandwidth = await createBandwidth({ ...ACCOUNT, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  bandwidth.book.addNumber(TN);
  bandwidth.book.slowness = 0;
  await here.service.ask('PUT', '/v1/carriers/bandwidth', { kind: 'bandwidth', credentials: { ...ACCOUNT, webhookPassword: PASSWORD }, baseUrl: bandwidth.url });
  await here.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'bandwidth', plan: 'acme' });
});
afterEach(() => bandwidth.close());

/** As its page says that it is set by hand. */
function application(password = PASSWORD): Application {
  const { trunk } = wantedWiring({ baseUrl: PUBLIC_BASE_URL, carrierId: 'bandwidth' });
  return { CallInitiatedCallbackUrl: trunk['CallInitiatedCallbackUrl'] ?? '', CallStatusCallbackUrl: trunk['CallStatusCallbackUrl'] ?? '', CallbackCreds: { UserId: trunk['CallbackCreds.UserId'] ?? '', Password: password } };
}

async function called(arrival: Partial<Arrival>, password?: string): Promise<Transcript> {
  const call = await bandwidth.placeCall(application(password), { from: '+14155550100', to: NUMBER, leg: () => ({ cause: 'error' }), ...arrival });
  if ('forwardedTo' in call) throw new Error('nobody was asked');
  return call;
}

const paths = ({ webhooks }: Transcript) => webhooks.map(({ url, status }) => [new URL(url).pathname.replace('/webhooks/bandwidth/', ''), status]);

it('the primary fails, who is called takes it, and that is the end', async () => {
  const call = await called({ leg: (to) => (to.startsWith('sip:') ? { cause: 'error' } : { picksUp: true, presses: '1' }) });
  expect(call.faults).toEqual([]);
  expect(call.dialled.map(({ to }) => to)).toEqual([`sip:${NUMBER}@pbx.example.net`, MOBILE]);
  expect(call.connected).toEqual([MOBILE]);
  expect(paths(call)).toEqual([['voice', 200], ['step', 200], ['screen', 200], ['pressed', 200], ['step', 200], ['status', 204]]);
  await here.recorded(call.callId, { legs: [{ end: 'failed', cause: 'ambiguous' }, { to: MOBILE, end: 'answered' }], outcome: 'answered' });
});

it.each(['2', undefined])('who is called presses %s: the caller goes on to the voicemail', async (presses) => {
  const call = await called({ leg: (to) => (to.startsWith('sip:') ? { cause: 'error' } : { picksUp: true, ...(presses === undefined ? {} : { presses }) }), message: 7 });
  // The end that only Bandwidth can tell from the end of a talk.
  expect(call.faults).toEqual(['on the called leg: <NotTaken> is not known']);
  expect(call.connected).toEqual([]);
  expect(call.heard).toEqual(['Please leave a message.']);
  expect(paths(call).slice(4)).toEqual([['step', 200], ['voicemail', 200], ['recorded', 204], ['status', 204]]);
  await here.recorded(call.callId, { legs: [{ end: 'failed' }, { to: MOBILE, end: 'no-answer' }], outcome: 'voicemail' });
});

it('a call that comes back with our mark is refused', async () => {
  const first = await called({ leg: (to) => (to.startsWith('sip:') ? { cause: 'error' } : { cause: 'busy' }), message: 3 });
  const uui = first.dialled[0]?.attributes['uui'] ?? '';
  const back = await called({ from: '+14155550111', uui });
  expect([back.dialled, back.heard, back.faults]).toEqual([[], [], []]);
});

it('whoever has another password is refused, and so is who has none', async () => {
  for (const password of ['another', '']) expect(paths(await called({}, password))).toEqual([['voice', 403], ['status', 403]]);
});

it('a number that is forwarded asks nobody until it is wired', async () => {
  bandwidth.book.addNumber(TN, { options: { CallForward: '9195551234' } });
  expect(await bandwidth.placeCall(application(), { from: '+14155550100', to: NUMBER, leg: () => ({ cause: 'error' }) })).toEqual({ forwardedTo: '9195551234' });
  expect(await here.service.ask('POST', `/v1/carriers/bandwidth/wiring/${NUMBER}`, {})).toMatchObject({ state: 'wired', applied: true, before: { CallForward: '9195551234' }, after: { CallForward: '' } });
  expect((await called({})).dialled).toHaveLength(2);
});
