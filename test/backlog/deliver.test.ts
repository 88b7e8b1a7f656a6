/** Posts over real HTTP: what each answer means, and what is done about those that never end. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDeliverer, type Deliverer, type Target } from '../../src/backlog/deliver.ts';
import type { Answer } from '../../src/backlog/exchange.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { webhookKey } from '../../src/posting/standard-webhooks.ts';
import { realSystem } from '../../src/system/system.ts';
import { createSubscriber } from '../../stand-ins/subscriber/subscriber.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const KEY = webhookKey(SECRET)!;
const NOTE: Notification = { id: '01-a', kind: 'call.missed', key: '+442079460123', class: 'history', at: 1_700_000_000_000, data: '{"n":1}' };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function deliverer(mayBePrivate = true): Deliverer {
  const made = createDeliverer({ source: 'https://calls.example.net', mayBePrivate, system: realSystem });
  ends.push(() => made.close());
  return made;
}

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=1`, server };
}

const post = (to: Target, note: Notification = NOTE, by = deliverer()): Promise<Answer> => new Promise((resolve) => by.to(to)(note, resolve));
const target = (url: string, more: Partial<Target> = {}): Target => ({ url, keys: [KEY], timeoutMs: 5000, ...more });

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('what an answer means', () => {
  it.each([
    [200, {}, 'delivered'], [204, {}, 'delivered'], [410, {}, 'gone'], [429, {}, 'throttled'], [502, {}, 'throttled'], [503, { 'retry-after': '7' }, 'throttled'], [504, {}, 'throttled'],
    [301, { location: '/elsewhere' }, 'refused'], [400, {}, 'refused'], [404, {}, 'refused'], [500, { 'retry-after': '7' }, 'refused'],
  ] as const)('%i with %j: %s', async (status, headers, is) => {
    const asked: string[] = [];
    const { url } = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, headers).end();
    });
    const answer = await post(target(url));
    expect(answer).toMatchObject({ is, status });
    expect(answer.retryAfterMs).toBe(status === 503 ? 7000 : undefined);
    expect(asked).toEqual(['/hook?a=1']);
  });

  it('says the beginning of an answer, without numbers in it', async () => {
    const { url } = await serve((_request, response) => response.writeHead(400).end(`no such thing as +442079460123 ${'x'.repeat(1000)}`));
    const said = (await post(target(url))).said();
    expect(said).toContain('no such thing');
    expect(said).not.toContain('+442079460123');
    expect(said.length).toBeLessThanOrEqual(200);
  });

  it('does not read an answer that does not end', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      // A failed write ends it: on Node 26 one to a socket that is gone is told before anything else of that turn, and writing on would never let `destroyed` come.
      const more = (failed?: Error | null): boolean => response.destroyed || Boolean(failed) || response.write('x'.repeat(65_536), more);
      more();
    });
    expect(await post(target(url))).toMatchObject({ is: 'delivered', status: 200 });
  });
});

describe('no answer', () => {
  it.each(['reset', 'lie'] as const)('a receiver that does %s has not taken it', async (does) => {
    const subscriber = await createSubscriber({ behaviour: { does } });
    ends.push(() => subscriber.close());
    expect(await post(target(subscriber.url))).toMatchObject({ is: 'unanswered', status: 0 });
  });

  it('is waited for as long as is set, also of one that drips, and is broken off', async () => {
    const closed: string[] = [];
    const { url } = await serve((request, response) => {
      request.socket.once('close', () => closed.push('closed'));
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.once('close', () => clearInterval(drip));
    });
    const answer = await post(target(url, { timeoutMs: 200 }));
    expect(answer).toMatchObject({ is: 'unanswered', status: 0 });
    expect(answer.said()).toBe('timed out, after 200');
    expect(answer.ms).toBeGreaterThanOrEqual(190);
    await expect.poll(() => closed).toEqual(['closed']);
  });

  it('comes from nobody who listens, nor from a header that cannot be', async () => {
    const { url, server } = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect((await post(target(url))).said()).toBe('ECONNREFUSED');
    expect(await post(target(url), { ...NOTE, contentType: 'text/plain\r\nx: y' })).toMatchObject({ is: 'unanswered' });
  });

  it.each(['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://localhost:1/', 'http://10.1.2.3/'])('comes from %s, which is private and not allowed', async (url) => {
    expect((await post(target(url), NOTE, deliverer(false))).said()).toContain('nothing is posted to');
  });

  it('comes for what may not be sent any more when the connection is there', async () => {
    const asked: string[] = [];
    const { url } = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const by = deliverer();
    expect(await new Promise<Answer>((resolve) => by.to(target(url), () => false)(NOTE, resolve))).toMatchObject({ is: 'unsent', status: 0 });
    expect(await post(target(url), NOTE, by)).toMatchObject({ is: 'delivered' });
    expect(asked).toHaveLength(1);
  });

  it('comes from a link-local address, whatever is allowed', async () => {
    expect((await post(target('http://169.254.169.254/latest'))).said()).toContain('nothing is posted to');
  });
});

/** Notes what is posted to it. */
async function notes() {
  const seen: { text: string; headers: IncomingMessage['headers'] }[] = [];
  const note = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    seen.push({ text: await textOf(request), headers: request.headers });
    response.end();
  };
  return { seen, ...(await serve((request, response) => void note(request, response))) };
}

describe('what is posted', () => {
  it('is an event, signed with every key, and told the same way each time', async () => {
    const { url, seen } = await notes();
    const old = Buffer.alloc(32, 7);
    await post(target(url, { keys: [KEY, old] }), { ...NOTE, key: 'a "quoted" ключ' });
    expect(JSON.parse(seen[0]!.text)).toEqual({ specversion: '1.0', id: '01-a', source: 'https://calls.example.net', type: 'com.ringthrough.call.missed', subject: 'a "quoted" ключ', time: '2023-11-14T22:13:20.000Z', datacontenttype: 'application/json', data: { n: 1 } });
    expect(seen[0]!.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', 'webhook-id': '01-a' });
    expect(seen[0]!.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  it('is the very body that came, when it is passed on', async () => {
    const { url, seen } = await notes();
    await post(target(url), { ...NOTE, kind: 'carrier.recording', key: 'ключ', data: 'CallSid=CA1&x=%20', contentType: 'application/x-www-form-urlencoded' });
    expect(seen[0]!.text).toBe('CallSid=CA1&x=%20');
    expect(seen[0]!.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded', 'webhook-id': '01-a', 'ce-type': 'com.ringthrough.carrier.recording', 'ce-source': 'https://calls.example.net', 'ce-subject': encodeURI('ключ'), 'ce-id': '01-a' });
  });

  it('goes over as many connections as there are posts at once, again and again', async () => {
    const sockets = new Set<unknown>();
    const { url } = await serve((request, response) => {
      sockets.add(request.socket);
      setTimeout(() => response.end(), 1);
    });
    const send = deliverer().to(target(url));
    let left = 200;
    await new Promise<void>((resolve) => {
      let under = 0;
      const next = (): void => {
        while (under < 5 && left > 0) {
          left -= 1;
          under += 1;
          send(NOTE, () => {
            under -= 1;
            if (left === 0 && under === 0) resolve();
            next();
          });
        }
      };
      next();
    });
    expect(sockets.size).toBe(5);
  });
});
