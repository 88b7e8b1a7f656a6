/** From what happens to who is told, through the whole service: live, held while the primary is down, and passed on when it is back. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { signatureFault } from '../../stand-ins/standard-webhooks.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { eachBacklog, SECRET } from './support.ts';

const here = eachBacklog();
const NUMBER = '+442079460123';

interface Event {
  type: string;
  data: Record<string, unknown>;
}

/** What was posted, by path; all of it signed. */
async function audience() {
  const posts: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const fault = signatureFault(request.headers, body, SECRET);
    if (fault === undefined) posts.push({ path: request.url ?? '', headers: request.headers, body });
    response.writeHead(fault === undefined ? 204 : 401).end();
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const to = (path: string) => posts.filter((post) => post.path === path);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to,
    events: (path: string): Event[] => to(path).flatMap(({ headers, body }) => (headers['content-type'] === 'application/cloudevents+json' ? [JSON.parse(body) as Event] : [])),
  };
}

test('calls, diversions and a carrier’s callback reach whom they concern', async () => {
  const service = await here.start({ WORKERS: 'on', RECEIVERS_MAY_BE_PRIVATE: 'yes' });
  const { url, to, events } = await audience();
  await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: AUTH_TOKEN } });
  await service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456' }] });
  await service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
  await service.ask('PUT', '/v1/subscribers/crm', { url: `${url}/crm`, secret: SECRET });
  await service.ask('PUT', '/v1/subscribers/acme:crm', { url: `${url}/acme`, secret: SECRET, customer: 'acme' });
  await service.ask('PUT', '/v1/subscribers/pbx', { url: `${url}/pbx`, secret: SECRET, primary: 'pbx' });
  const carrier = async (path: string, params: Record<string, string>): Promise<number> => {
    const webhook = signedWebhook(PUBLIC_BASE_URL, path, callParams(callSid(1), NUMBER, params));
    return (await fetch(service.url + path, { method: 'POST', headers: webhook.headers, body: webhook.body })).status;
  };

  await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'Fire' });
  expect(await carrier('/webhooks/main/voice', {})).toBe(200);
  expect(await carrier('/webhooks/main/status', { CallStatus: 'no-answer', CallDuration: '0' })).toBe(204);
  expect(await carrier('/webhooks/main/pass/pbx', { RecordingSid: 'RE1' })).toBe(204);
  const kinds = (path: string): string[] => events(path).map(({ type }) => type.replace('com.ringthrough.', '')).toSorted();
  for (const path of ['/crm', '/acme']) await expect.poll(() => kinds(path)).toEqual(['call.missed', 'diversion.started', 'primary.state']);
  const of = (path: string, kind: string) => events(path).filter(({ type }) => type === `com.ringthrough.${kind}`).map(({ data }) => data);
  expect(of('/crm', 'call.missed')).toMatchObject([{ number: NUMBER, customer: 'acme', primary: 'pbx', outcome: 'missed' }]);
  expect(of('/crm', 'diversion.started')).toMatchObject([{ primary: 'pbx', by: 'operator', reason: 'Fire' }]);
  expect(of('/acme', 'diversion.started')[0]).not.toHaveProperty('reason');
  expect(to('/pbx')).toEqual([]);

  await service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'Fire is out' });
  // Its state while it was down may be on its way before the newer one is known, and comes first then.
  await expect.poll(() => of('/pbx', 'primary.state').at(-1)).toMatchObject({ is: 'up' });
  await expect.poll(() => kinds('/pbx').filter((kind) => kind !== 'primary.state')).toEqual(['call.missed', 'diversion.ended', 'diversion.started']);
  await expect.poll(() => to('/pbx').find(({ headers }) => headers['ringthrough-carrier'] === 'main')?.body).toContain('RecordingSid=RE1');
  await expect.poll(() => kinds('/crm')).toEqual(['call.missed', 'diversion.ended', 'diversion.started', 'primary.state', 'primary.state']);
  await expect.poll(() => here.backlog.totals()).toMatchObject({ counts: { waiting: 0, dead: 0, expired: 0, dropped: 0 }, unaccounted: 0 });
});
