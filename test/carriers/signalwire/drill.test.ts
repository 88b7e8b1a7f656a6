/** Test calls on SignalWire: told over its API, answered by the service, told by its webhooks; and what it refuses. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSignalwireApi } from '../../../src/carriers/signalwire/api.ts';
import { createSignalwire, type Signalwire } from '../../../stand-ins/signalwire/signalwire.ts';
import { drilling } from '../../support/drilling.ts';
import { PUBLIC_BASE_URL } from '../../support/service.ts';
import { calledService } from '../called-service.ts';
import { PROJECT, TOKEN } from './routing-fixture.ts';

const KEY = 'PSK-0123456789-of-the-test';
const NUMBER = '+442079460123';
const [PRESSES, LISTENS, BUSY, NOBODY] = ['+447400123451', '+447400123452', '+447400123453', '+447400123454'];
const DESK = 'sip:desk@backup.example.net';

const here = calledService({ country: 'GB', destinations: [PRESSES, LISTENS, BUSY, NOBODY, DESK].map((to) => ({ to })) }, (redis) => drilling(redis));
let signalwire: Signalwire;

beforeEach(async () => {
  signalwire = await createSignalwire({ projectId: PROJECT, apiToken: TOKEN, signingKey: KEY, origins: new Map([[PUBLIC_BASE_URL, here.service.url]]) });
  signalwire.addNumber(NUMBER);
  signalwire.called.set(PRESSES, { does: 'presses', key: '1' }).set(LISTENS, { does: 'listens' }).set(BUSY, { does: 'busy' }).set(`${DESK};transport=udp`, { does: 'presses', key: '1' });
  await here.service.ask('PUT', '/v1/carriers/sw', { kind: 'signalwire', credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN, signingKey: KEY }, baseUrl: signalwire.url });
  await here.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'sw', plan: 'acme' });
});
afterEach(() => signalwire.close());

it('a drill calls telephones and SIP addresses, and its documents are ones that SignalWire plays', async () => {
  const { id } = await here.service.ask<{ id: string }>('POST', '/v1/drills', { plan: 'acme', anyHour: true });
  const results = async () => (await here.service.ask<{ tests: { to: string; is: string }[] }>('GET', `/v1/drills/${id}`)).tests.map(({ is }) => is);
  await expect.poll(results, { timeout: 15_000, interval: 50 }).toEqual(['proven', 'unconfirmed', 'busy', 'failed', 'proven']);
  expect(signalwire.placed.flatMap(({ transcript }) => transcript.faults)).toEqual([]);
  expect(signalwire.placed.find(({ to }) => to === PRESSES)?.transcript.heard).toEqual([expect.stringContaining('press 1'), expect.stringContaining('Thank you')]);
  expect(signalwire.placed.map(({ from }) => from)).toEqual(Array.from({ length: 5 }, () => NUMBER));
  expect(await here.service.ask('GET', '/v1/calls')).toMatchObject({ items: [] });
});

it('a call is ended while it rings; one that is over stays so, and a caller that is not held is refused', async () => {
  const api = createSignalwireApi({ credentials: { space: 'example', projectId: PROJECT, apiToken: TOKEN }, baseUrl: signalwire.url, timeoutMs: 500 });
  const call = { to: PRESSES, from: NUMBER, answerUrl: `${PUBLIC_BASE_URL}/webhooks/sw/drill?drill=none&test=0`, statusUrl: `${PUBLIC_BASE_URL}/webhooks/sw/drill-status?drill=none&test=0`, ringSeconds: 20, limitSeconds: 60 };
  signalwire.called.set(PRESSES, { does: 'rings' });
  const { ref } = await api.placeCall!(call);
  expect(await api.placedCall!(ref)).toEqual({ is: 'going-on' });
  await api.endCall!(ref);
  await signalwire.placed[0]?.over;
  expect(await api.placedCall!(ref)).toEqual({ is: 'ended', status: 'canceled' });
  await api.endCall!(ref);
  expect(await api.placedCall!('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  await expect(api.placeCall!({ ...call, from: '+442079460999' })).rejects.toMatchObject({ code: 'carrier_refused' });
  signalwire.faults.next(1, 'accept-then-break');
  await expect(api.placeCall!(call)).rejects.toMatchObject({ code: 'carrier_outcome_unknown' });
  api.close();
});
