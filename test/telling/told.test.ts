/** People are told: what a service commits arrives at real receivers, once, also when whoever sends it ends in between. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realSystem } from '../../src/system/system.ts';
import { createHttpReceiver, type HttpReceiver } from '../../stand-ins/receivers/receiver.ts';
import { createMailServer } from '../../stand-ins/receivers/smtp.ts';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService, type StartOptions } from '../support/service.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { ACCOUNT } from '../support/world.ts';

const TOKEN = 'a-token-of-the-tests';
const SOON = { timeout: 10_000 };
/** What comes round every second does so ten times as often. */
const system = { timers: { ...realSystem.timers, every: (ms: number, task: () => void) => realSystem.timers.every(Math.max(20, ms / 10), task), after: (ms: number, task: () => void) => realSystem.timers.after(ms, task) } };

let redis: TestRedis;
let proxy: TcpProxy | undefined;
let receiver: HttpReceiver;
const services: RunningService[] = [];

beforeEach(async () => {
  redis = await startTestRedis();
  receiver = await createHttpReceiver();
});
afterEach(async () => {
  proxy?.set('open');
  for (const service of services.splice(0)) await service.close();
  await proxy?.close();
  proxy = undefined;
  await receiver.close();
  await redis.stop();
});

async function service(settings: StartOptions['settings'] = {}, url = redis.url): Promise<RunningService> {
  const one = await startService({ redis: { url, dir: redis.dir }, settings: { RECEIVERS_MAY_BE_PRIVATE: 'yes', ...settings }, system });
  services.push(one);
  return one;
}

const webhook = (more: object = {}) => ({ kind: 'webhook', url: `${receiver.url}/webhook`, secret: receiver.secret, groupWaitSeconds: 0, groupIntervalSeconds: 1, ...more });
const primary = { kind: 'pbx', target: 'sip:{number}@pbx.example.net' };
const kinds = () => receiver.taken.filter(({ path }) => path === '/webhook').flatMap(({ body }) => (body['data'] as { announcements: { kind: string; subject: string }[] }).announcements.map(({ kind, subject }) => `${kind} ${subject}`));

async function setUp(one: RunningService, settings: object = {}): Promise<void> {
  await one.ask('PUT', '/v1/primaries/pbx', primary);
  await one.ask('PUT', '/v1/receivers/ops', webhook(settings));
}

describe('what is committed', () => {
  it('is told in every form, in plain words, and the receiver shows that it arrived', async () => {
    const one = await service();
    await setUp(one);
    for (const [id, kind, path, more] of [['chat', 'slack', 'slack', {}], ['office', 'teams', 'teams', {}], ['old-office', 'teams', 'connector', { card: 'message' }]] as const) {
      await one.ask('PUT', `/v1/receivers/${id}`, { kind, url: `${receiver.url}/${path}`, groupWaitSeconds: 0, ...more });
    }
    await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'Acme rang from +447400123456' });
    await expect.poll(() => receiver.taken.map(({ path }) => path).toSorted(), SOON).toEqual(['/connector', '/slack', '/teams', '/webhook']);
    const { body } = receiver.taken.find(({ path }) => path === '/webhook')!;
    expect(body).toMatchObject({ type: 'announcement', data: { severity: 'critical', title: 'pbx: diverted by admin', announcements: [{ kind: 'started', subject: 'primaries/pbx', by: 'admin', sentence: 'Acme rang from +447******456' }] } });
    for (const { body: told } of receiver.taken) expect(JSON.stringify(told)).not.toContain('7400123456');
    await one.ask('POST', '/v1/primaries/pbx/restore', { reason: 'repaired' });
    await expect.poll(kinds, SOON).toEqual(['started primaries/pbx', 'restored primaries/pbx']);
    await expect.poll(async () => await one.ask('GET', '/v1/receivers/ops'), SOON).toMatchObject({ secret: '(encrypted)', status: { state: 'well', sent: 2, givenUp: 0 } });
    expect(await one.ask('GET', '/v1/receivers/chat')).toMatchObject({ url: '(encrypted)' });
    const { items: [diversion] } = await one.ask<{ items: { id: string }[] }>('GET', '/v1/diversions');
    const toldOf = async (): Promise<string[]> => (await one.ask<{ told: { receiver: string; kinds: string[] }[] }>('GET', `/v1/diversions/${diversion?.id}/report`)).told.flatMap((told) => (told.receiver === 'ops' ? told.kinds : []));
    await expect.poll(toldOf, SOON).toEqual(['started', 'restored']);
  });

  it('before the receiver was set up is not told; what is silenced is told when the silence is lifted', async () => {
    const one = await service();
    await one.ask('PUT', '/v1/primaries/pbx', primary);
    await one.ask('PUT', '/v1/primaries/old', primary);
    await one.ask('POST', '/v1/primaries/old/divert', { reason: 'long ago' });
    await one.ask('PUT', '/v1/receivers/ops', webhook());
    await one.ask('PUT', '/v1/silences/work', { match: { primary: 'pbx' }, until: new Date(Date.now() + 60_000).toISOString(), reason: 'planned work' });
    await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'planned' });
    await one.ask('PUT', '/v1/primaries/third', primary);
    await one.ask('POST', '/v1/primaries/third/divert', { reason: 'another' });
    await expect.poll(kinds, SOON).toEqual(['started primaries/third']);
    await one.ask('DELETE', '/v1/silences/work');
    await expect.poll(kinds, SOON).toEqual(['started primaries/third', 'started primaries/pbx']);
  });

  it('is tried again with the same id when the receiver breaks', async () => {
    const one = await service();
    await setUp(one);
    receiver.faults.next(1, 'broken');
    await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'down' });
    await expect.poll(() => receiver.requests.length, SOON).toBe(1);
    await expect.poll(async () => await one.ask('GET', '/v1/receivers/ops'), SOON).toMatchObject({ status: { state: 'failing', lastFailure: { why: 'answered 500: internal error' } } });
    await expect.poll(kinds, SOON).toEqual(['started primaries/pbx']);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('is told by one of several processes, and by another when that loses its Redis between sending and noting: twice at most, with one id', async () => {
    proxy = await createTcpProxy(redis.url);
    const first = await service({}, proxy.url);
    await setUp(first);
    let cut = false;
    receiver.meanwhile = () => {
      if (!cut) proxy?.set('cut');
      cut = true;
    };
    await first.ask('POST', '/v1/primaries/pbx/divert', { reason: 'down' });
    await expect.poll(() => cut, SOON).toBe(true);
    const others = await Promise.all([service(), service()]);
    await expect.poll(async () => await others[0].ask('GET', '/v1/receivers/ops'), SOON).toMatchObject({ status: { state: 'well', sent: 1 } });
    expect(receiver.taken).toHaveLength(2);
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(1);
    // Each of them sees all that is committed, and none tells it again.
    await others[0].ask('POST', '/v1/primaries/pbx/restore', { reason: 'repaired' });
    await expect.poll(kinds, SOON).toEqual(['started primaries/pbx', 'started primaries/pbx', 'restored primaries/pbx']);
  });
});

it('a process without Redis tells by itself what it turns, and says so', async () => {
  proxy = await createTcpProxy(redis.url);
  const one = await service({ WORKERS: 'off' }, proxy.url);
  await setUp(one);
  proxy.set('cut');
  await expect.poll(async () => (await one.request('GET', '/readyz')).body, SOON).toMatchObject({ status: 'memory-only' });
  await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'all dark' });
  await expect.poll(kinds, SOON).toEqual(['started primaries/pbx']);
  expect(receiver.taken[0]?.body).toMatchObject({ data: { announcements: [{ alone: true, sentence: 'all dark', by: 'admin' }] } });
});

it('is mailed, with the id of the message, and mailed again when the mail server puts it off', async () => {
  const server = await createMailServer();
  try {
    const one = await service({ SMTP_URL: server.url, SMTP_FROM: 'Ringthrough <ringthrough@example.net>' });
    await one.ask('PUT', '/v1/primaries/pbx', primary);
    await one.ask('PUT', '/v1/receivers/desk', { kind: 'email', to: ['ops@example.net', 'boss@example.net'], groupWaitSeconds: 0 });
    server.refuseNext(1);
    await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'It rings “busy”' });
    await expect.poll(() => server.mails.length, SOON).toBe(1);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'ringthrough@example.net', to: ['ops@example.net', 'boss@example.net'], headers: { 'subject': '[critical] pbx: diverted by admin', 'message-id': expect.stringMatching(/^<msg_[a-z]{26}@example\.net>$/), 'auto-submitted': 'auto-generated' } });
    expect(server.faults).toEqual([]);
    server.refuseNext(1);
    expect(await one.request('POST', '/v1/receivers/desk/test')).toMatchObject({ status: 503, body: { code: 'receiver_unavailable', detail: 'the mail server answered 451' } });
  } finally {
    await server.close();
  }
});

it('is texted through a carrier that is not the failed one, and through the next when that does not take it', async () => {
  const [failed, well] = await Promise.all([createTwilio({ accountSid: ACCOUNT, authToken: TOKEN }), createTwilio({ accountSid: ACCOUNT, authToken: TOKEN })]);
  const [from, to] = ['+442079460123', '+447400123456'];
  try {
    const one = await service();
    for (const [id, twilio] of [['main', failed], ['other', well]] as const) {
      twilio.addNumber(from);
      await one.ask('PUT', `/v1/carriers/${id}`, { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url });
    }
    await one.ask('PUT', '/v1/primaries/pbx', { ...primary, dependsOn: ['main'] });
    await one.ask('PUT', '/v1/receivers/mobile', { kind: 'sms', to, carriers: [{ carrier: 'main', from }, { carrier: 'other', from }], groupWaitSeconds: 0 });
    await one.ask('POST', '/v1/primaries/pbx/divert', { reason: 'The carrier main is down' });
    await expect.poll(() => well.texts, SOON).toEqual([{ from, to, body: 'Ringthrough: pbx: diverted by admin. The carrier main is down Its calls go to the backup plans.' }]);
    // Workers look at the numbers of a carrier now and then, too.
    const askedToSend = () => failed.requests.filter(({ method }) => method === 'POST').length;
    expect(askedToSend()).toBe(0);
    // Nothing is about a carrier: the preferred one is asked first, and the next when it breaks.
    failed.faults.next(100, 'broken');
    await one.ask('POST', '/v1/receivers/mobile/test');
    expect([askedToSend(), failed.texts.length, well.texts.length]).toEqual([1, 0, 2]);
    expect((await one.request('DELETE', '/v1/carriers/other')).status).toBe(409);
  } finally {
    await Promise.all([failed.close(), well.close()]);
  }
});

describe('a test', () => {
  it('arrives at once, and says why it did not', async () => {
    const one = await service({ WORKERS: 'off' });
    await setUp(one);
    expect(await one.ask('POST', '/v1/receivers/ops/test')).toMatchObject({ receiver: 'ops', message: receiver.taken[0]?.id });
    await one.ask('PUT', '/v1/receivers/moved', { kind: 'slack', url: `${receiver.url}/elsewhere` });
    expect(await one.request('POST', '/v1/receivers/moved/test')).toMatchObject({ status: 502, body: { code: 'receiver_refused', detail: 'answered 302: redirects are not followed' } });
    await one.ask('PUT', '/v1/receivers/wrong', { ...webhook(), secret: `whsec_${Buffer.alloc(24).toString('base64')}` });
    expect(await one.request('POST', '/v1/receivers/wrong/test')).toMatchObject({ status: 502, body: { detail: 'answered 401: forged' } });
  });

  it('goes to no private address unless that is allowed, and to link-local ones never', async () => {
    const one = await service({ WORKERS: 'off', RECEIVERS_MAY_BE_PRIVATE: 'no' });
    const { port } = new URL(receiver.url);
    const answer = async (url: string, service_ = one) => {
      await service_.ask('PUT', '/v1/receivers/ops', webhook({ url }));
      return (await service_.request('POST', '/v1/receivers/ops/test')).body['code'];
    };
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433']) expect([host, await answer(`http://${host}:${port}/webhook`)]).toEqual([host, 'receiver_address_refused']);
    const other = await service({ WORKERS: 'off' });
    expect(await answer('http://169.254.169.254/webhook', other)).toBe('receiver_address_refused');
    expect(receiver.requests).toEqual([]);
    expect(await answer(`http://localhost:${port}/webhook`, other)).toBeUndefined();
  });
});
