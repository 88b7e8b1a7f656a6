/** Carriers' callbacks that are meant for a subscriber: proved, durable before they are answered, once each, and passed on as they came. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, test } from 'vitest';
import { signatureFault } from '../../stand-ins/standard-webhooks.ts';
import { sign } from '../../stand-ins/twilio/signature.ts';
import { createDeliverer } from '../../src/backlog/deliver.ts';
import type { Answer } from '../../src/backlog/exchange.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { webhookKey } from '../../src/posting/standard-webhooks.ts';
import { realSystem } from '../../src/system/system.ts';
import { owed } from '../support/owed.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook, type SignedWebhook } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { eachBacklog, SECRET } from './support.ts';

const here = eachBacklog();
const PATH = '/webhooks/main/pass/crm';
const FORM = 'application/x-www-form-urlencoded';
const RECORDED = callParams(callSid(1), '+442079460123', { RecordingSid: 'RE1', RecordingStatus: 'completed' });

beforeEach(async () => {
  await here.service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: AUTH_TOKEN } });
});

async function send({ path, headers, body }: { path: string; headers: Record<string, string>; body: string | Buffer }, method = 'POST'): Promise<number> {
  const response = await fetch(here.service.url + path, { method, headers, ...(method === 'GET' ? {} : { body }) });
  await response.text();
  return response.status;
}
const recorded = (more: Record<string, string> = {}, path = PATH): SignedWebhook => signedWebhook(PUBLIC_BASE_URL, path, { ...RECORDED, ...more });
/** Signed as a body that is no form is: by its hash in the address. */
function whole(body: Buffer, type: string) {
  const path = `${PATH}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  return { path, headers: { 'content-type': type, 'x-twilio-signature': sign(AUTH_TOKEN, PUBLIC_BASE_URL + path, {}) }, body };
}

describe('what a carrier sends for a subscriber', () => {
  test('waits for it as it came, under the call that it is about', async () => {
    const webhook = recorded();
    expect(await send(webhook)).toBe(204);
    const [held] = await here.held();
    expect(held).toMatchObject({ id: expect.stringMatching(/^cb_[a-z]{26}$/) as string, kind: 'carrier.callback', key: `main:${callSid(1)}`, class: 'history', data: webhook.body });
    expect(held?.expiresAt).toBe((held?.at ?? 0) + 30 * 86_400_000);
  });

  test('sent again counts once; another of the same call waits behind it', async () => {
    const [webhook, other] = [recorded(), recorded({ TranscriptionStatus: 'completed' })];
    for (const each of [webhook, webhook, other, webhook]) expect(await send(each)).toBe(204);
    expect((await here.held()).map(({ data }) => data)).toEqual([webhook.body, other.body]);
    expect(await here.counts()).toMatchObject({ accepted: 2, waiting: 2 });
  });

  test('by GET has its query for a body', async () => {
    const path = `${PATH}?MessageSid=SM1&MessageStatus=delivered`;
    expect(await send({ path, headers: { 'x-twilio-signature': sign(AUTH_TOKEN, PUBLIC_BASE_URL + path, {}) }, body: '' }, 'GET')).toBe(204);
    const [held] = await here.held();
    expect(held).toMatchObject({ data: 'MessageSid=SM1&MessageStatus=delivered', contentType: expect.stringContaining(FORM) as string });
    expect(held?.key).toBe(held?.id);
  });

  test.each([
    ['unsigned', () => ({ ...recorded(), headers: { 'content-type': FORM } }), 403],
    ['forged', () => ({ ...recorded(), body: `${recorded().body}&RecordingUrl=https%3A%2F%2Fevil.example` }), 403],
    ['signed for another subscriber', () => ({ ...recorded({}, '/webhooks/main/pass/acme:crm'), path: PATH }), 403],
    ['for a subscriber that is not there', () => recorded({}, '/webhooks/main/pass/nobody'), 404],
    ['of a carrier that is not there', () => recorded({}, '/webhooks/other/pass/crm'), 404],
    ['too large', () => recorded({ Text: 'x'.repeat(70_000) }), 413],
  ])('is refused when it is %s', async (_what, webhook, status) => {
    expect(await send(webhook())).toBe(status);
    expect((await here.counts()).accepted).toBe(0);
  });

  test('reaches a subscriber of a customer, whichever way its id is written', async () => {
    expect(await send(recorded({}, '/webhooks/main/pass/acme:crm'))).toBe(204);
    expect(await send(recorded({ RecordingSid: 'RE2' }, '/webhooks/main/pass/acme%3Acrm'))).toBe(204);
    expect(await here.counts('acme:crm')).toMatchObject({ accepted: 2 });
  });

  test('is taken while Redis is away, and waits once when it is back', async () => {
    await here.server.kill();
    expect(await send(recorded())).toBe(204);
    expect(await send(recorded())).toBe(204);
    await here.server.restart();
    await expect.poll(() => here.counts().then(({ accepted }) => accepted, () => 0)).toBe(1);
    expect((await here.held()).map(({ data }) => data)).toEqual([recorded().body]);
  });
});

test('what a call came to while Redis was away is owed when it is back', async () => {
  await here.server.kill();
  expect(await send(signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/status', { ...RECORDED, CallStatus: 'no-answer' }))).toBe(204);
  await here.server.restart();
  await expect.poll(() => owed(here.world.redis).catch(() => [])).toMatchObject([{ call: `main:${callSid(1)}`, is: 'missed' }]);
});

test('what is refused after the time for carriers\' retries is a replay', async () => {
  const late = await here.start({ REPLAY_WINDOW_SECONDS: 1 });
  const { path, headers, body } = recorded();
  const post = () => fetch(late.url + path, { method: 'POST', headers, body }).then(({ status }) => status);
  expect(await post()).toBe(204);
  await expect.poll(post, { interval: 200 }).toBe(403);
  expect((await here.counts()).accepted).toBe(1);
});

describe('passed on', () => {
  /** All that a subscriber gets of it. */
  async function passedOn(notification: Notification | undefined): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
    if (!notification) throw new Error('nothing waits');
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const deliverer = createDeliverer({ source: PUBLIC_BASE_URL, mayBePrivate: true, system: realSystem });
    const post = deliverer.to({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, keys: [webhookKey(SECRET) ?? Buffer.alloc(0)], timeoutMs: 5000 });
    const answered = new Promise<Answer>((resolve) => post(notification, resolve));
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    const body = await buffer(request);
    response.end();
    expect(await answered).toMatchObject({ is: 'delivered' });
    deliverer.close();
    server.close();
    expect(signatureFault(request.headers, body, SECRET)).toBeUndefined();
    return { headers: request.headers, body };
  }

  test('it is signed anew, and says whose callback it is and which', async () => {
    const webhook = recorded({}, `${PATH}?about=recording`);
    await send(webhook);
    const [held] = await here.held();
    const { headers, body } = await passedOn(held);
    expect(body.toString()).toBe(webhook.body);
    expect(headers).toMatchObject({
      'content-type': FORM, 'webhook-id': held?.id, 'ringthrough-carrier': 'main', 'ringthrough-callback': `POST ${PATH}?about=recording`,
      'ce-type': 'com.ringthrough.carrier.callback', 'ce-subject': `main:${callSid(1)}`, 'ce-source': PUBLIC_BASE_URL,
    });
    expect(headers).not.toHaveProperty('x-twilio-signature');
  });

  test('a body that is no UTF-8 arrives byte for byte', async () => {
    const body = Buffer.from([0xff, 0xd8, 0x00, 0x0a, 0xe9]);
    expect(await send(whole(body, 'audio/basic'))).toBe(204);
    const passed = await passedOn((await here.held())[0]);
    expect(passed.body).toEqual(body);
    expect(passed.headers).toMatchObject({ 'content-type': 'audio/basic' });
  });
});
