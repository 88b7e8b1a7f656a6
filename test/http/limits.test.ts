/** What clients may not do to the server: each bound met for real, over sockets, with a good client served meanwhile. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawClient, rawClients, statusLine, type RawClient } from '../support/raw-client.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { ACCOUNT } from '../support/world.ts';
import { ACME_NUMBER, openApi, type Api } from './api.ts';

/** Another client than the one that asks politely. */
const FLOODER = '127.0.0.9';
const PER_ADDRESS = 20;

let api: Api;
beforeAll(async () => {
  api = await openApi({ settings: { SLOW_CLIENT_SECONDS: 1, MAX_CONNECTIONS: 200, MAX_CONNECTIONS_PER_ADDRESS: PER_ADDRESS, TRUSTED_PROXIES: '127.0.0.200, 127.0.1.0/24' } });
  await api.ask('PUT', '/v1/carriers/signed', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: AUTH_TOKEN } });
});
afterAll(() => api.close());

async function metric(name: string, label = ''): Promise<number> {
  const text = (await api.request<string>('GET', '/metrics')).body;
  return text.split('\n').filter((line) => line.startsWith(name) && line.includes(label)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

let calls = 0;
async function callIsAnswered(): Promise<void> {
  calls += 1;
  const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, '/webhooks/signed/voice', callParams(callSid(calls), ACME_NUMBER));
  const answer = await api.request<string>('POST', path, body, null, headers);
  expect([answer.status, answer.body.includes('<Dial')]).toEqual([200, true]);
}

const allOver = (clients: readonly RawClient[]): Promise<unknown> => Promise.all(clients.map(({ over }) => over));
const openOnes = (clients: readonly RawClient[]): number => clients.filter(({ isOver }) => !isOver).length;
/** As many as shall be open; the others find out with the next turn of the loop. */
const stayOpen = (clients: readonly RawClient[], count: number) => expect.poll(() => openOnes(clients), { interval: 5 }).toBe(count);

const DOCUMENT = 'GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n';

/** As fast as it is taken, until the connection ends. */
function flood({ socket }: RawClient, text: string): void {
  const more = (): void => {
    while (socket.writable && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

describe('a slow client', () => {
  test.each([
    ['sends nothing at all', '', 'headers-slow', 'HTTP/1.1 408 Request Timeout'],
    ['sends headers and never ends them', 'GET /v1/plans HTTP/1.1\r\nhost: x\r\nx-slow: ', 'headers-slow', 'HTTP/1.1 408 Request Timeout'],
    ['promises the body of a webhook and sends half of it', 'POST /webhooks/signed/voice HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345', 'body-slow', 'HTTP/1.1 408 Request Timeout'],
    ['promises a body to a route that refuses it unread, and goes on sending', 'POST /v1/plans/x HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345', 'body-slow', 'HTTP/1.1 405 Method Not Allowed'],
  ])('that %s is cut off', async (_what, sent, why, answer) => {
    const before = await metric('ringthrough_clients_cut_off_total', why);
    const clients = await rawClients(10, api.url, () => FLOODER);
    for (const { socket } of clients) socket.write(sent);
    await callIsAnswered();
    await allOver(clients);
    expect(new Set(clients.map(({ received }) => statusLine(received)))).toEqual(new Set([answer]));
    expect(await metric('ringthrough_clients_cut_off_total', why)).toBe(before + clients.length);
    await callIsAnswered();
  });

  test('that dribbles a body, a byte at a time, has no more time for it', async () => {
    const client = await rawClient(api.url, FLOODER);
    client.socket.write('POST /webhooks/signed/voice HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n');
    const dribble = setInterval(() => client.socket.write('x'), 20);
    await client.over;
    clearInterval(dribble);
    expect(statusLine(client.received)).toBe('HTTP/1.1 408 Request Timeout');
  });

  test('that dribbles an upload is given the time, and the upload is taken', async () => {
    const file = Buffer.from('number,customer,primary,carrier\n+442079461005,acme,pbx,main\n');
    const client = await rawClient(api.url);
    client.socket.write(`POST /v1/imports HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.adminKey}\r\ncontent-type: text/csv\r\ncontent-length: ${file.length}\r\nconnection: close\r\n\r\n`);
    // Longer than any other body has.
    let at = 0;
    const dribble = setInterval(() => client.socket.write(file.subarray(at, (at += 1))), 80);
    await client.over;
    clearInterval(dribble);
    expect(statusLine(client.received)).toBe('HTTP/1.1 202 Accepted');
  });

  test('that does not read its answers is cut off', async () => {
    const before = await metric('ringthrough_clients_cut_off_total', 'not-reading');
    const accepted = once(api.app.server, 'connection') as Promise<[Socket]>;
    const client = await rawClient(api.url, FLOODER);
    const [socket] = await accepted;
    client.socket.pause();
    // Until the system holds no more for it.
    await expect.poll(() => socket.writableLength > 0 || !client.socket.write(DOCUMENT), { timeout: 30_000, interval: 10 }).toBe(true);
    await expect.poll(() => metric('ringthrough_clients_cut_off_total', 'not-reading'), { timeout: 30_000 }).toBe(before + 1);
    client.socket.destroy();
    await client.over;
    await callIsAnswered();
  });

  test('that asks some requests ahead has its answers in their order', async () => {
    const client = await rawClient(api.url, FLOODER);
    const paths = ['/healthz', '/errors/internal', '/nowhere', '/errors/nothing', '/v1/plans'];
    client.socket.write(paths.map((path, at) => `GET ${path} HTTP/1.1\r\nhost: x\r\n${at === paths.length - 1 ? 'connection: close\r\n' : ''}\r\n`).join(''));
    await client.over;
    expect([...client.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '404', '404', '401']);
  });

  test.each([
    ['the API', DOCUMENT],
    ['webhooks', 'POST /webhooks/signed/voice HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na=b'],
  ])('that asks %s on and on without waiting for an answer is cut off', async (_what, request) => {
    const before = await metric('ringthrough_clients_cut_off_total', 'pipelining');
    const client = await rawClient(api.url, FLOODER);
    flood(client, request.repeat(100));
    await client.over;
    expect(await metric('ringthrough_clients_cut_off_total', 'pipelining')).toBe(before + 1);
    await callIsAnswered();
  });
});

describe('too much', () => {
  test.each([
    ['headers', `GET /v1/plans HTTP/1.1\r\nhost: x\r\n${'x-more: and more\r\n'.repeat(2000)}\r\n`, 'HTTP/1.1 431 Request Header Fields Too Large', 'headers-too-large'],
    ['of one header', `GET /v1/plans HTTP/1.1\r\nhost: x\r\nx-more: ${'x'.repeat(20_000)}\r\n\r\n`, 'HTTP/1.1 431 Request Header Fields Too Large', 'headers-too-large'],
    ['of an address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 'HTTP/1.1 431 Request Header Fields Too Large', 'headers-too-large'],
    ['that is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'HTTP/1.1 400 Bad Request', 'malformed'],
  ])('%s is refused and the connection ended', async (_what, sent, answer, why) => {
    const before = await metric('ringthrough_clients_cut_off_total', why);
    const client = await rawClient(api.url, FLOODER);
    client.socket.write(sent, 'latin1');
    await client.over;
    // A reset may overtake the answer when the client has sent more than was read.
    expect([answer, '']).toContain(statusLine(client.received));
    expect(await metric('ringthrough_clients_cut_off_total', why)).toBe(before + 1);
  });

  test.each([
    ['a webhook', '/webhooks/signed/voice', ''],
    ['the API', '/v1/imports/x/apply', 'authorization: Bearer KEY\r\ncontent-type: application/json\r\n'],
  ])('of a chunked body without end, sent to %s, is refused and the connection ended', async (_to, path, headers) => {
    const client = await rawClient(api.url, FLOODER);
    client.socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${headers.replace('KEY', api.adminKey)}transfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    flood(client, chunk);
    await client.over;
    expect(['HTTP/1.1 413 Payload Too Large', '']).toContain(statusLine(client.received));
    await callIsAnswered();
  });

  test('connections of one address: the further ones are reset, others get in, and all is well when they go', async () => {
    const refused = await metric('ringthrough_connections_refused_total', 'reason="address"');
    const clients = await rawClients(PER_ADDRESS + 15, api.url, () => FLOODER);
    await stayOpen(clients, PER_ADDRESS);
    await callIsAnswered();
    expect(await metric('ringthrough_connections_refused_total', 'reason="address"')).toBe(refused + 15);
    for (const { socket } of clients) socket.destroy();
    await expect.poll(async () => {
      const again = await rawClient(api.url, FLOODER);
      again.socket.end('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await again.over;
      return statusLine(again.received);
    }).toBe('HTTP/1.1 200 OK');
  });

  test('connections through trusted proxies are bounded together alone', async () => {
    const clients = [...(await rawClients(PER_ADDRESS + 5, api.url, () => '127.0.0.200')), ...(await rawClients(PER_ADDRESS + 1, api.url, () => '127.0.1.77'))];
    await stayOpen(clients, clients.length);
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => metric('ringthrough_connections')).toBeLessThan(clients.length);
  });
});

test('what a trusted proxy says of the client is believed, and what anybody else says is not', async () => {
  // Failed authentications are counted by client: see test/http/guessing.test.ts.
  const ask = async (from: string, forwardedFor: string): Promise<string> => {
    const client = await rawClient(api.url, from);
    client.socket.end(`GET /v1/plans HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${forwardedFor}\r\nconnection: close\r\n\r\n`);
    await client.over;
    return statusLine(client.received);
  };
  expect(await ask('127.0.0.200', '192.0.2.1')).toBe('HTTP/1.1 401 Unauthorized');
  expect(await ask(FLOODER, '192.0.2.1')).toBe('HTTP/1.1 401 Unauthorized');
  await callIsAnswered();
});
