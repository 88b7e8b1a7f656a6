/** Every kind of probe against peers that answer, are silent, close, refuse, talk nonsense or have a bad certificate. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { probeTo, type Probe, type ProbeOutcome } from '../../../src/domain/probe.ts';
import { createAsker } from '../../../src/health/probes/kinds.ts';
import type { Asker } from '../../../src/health/probes/asker.ts';
import { branchOf } from '../../../src/sip/options.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { freePorts } from '../../support/redis-node.ts';
import { answering, answerTo, askerDeps, silent, streamPeer, udpPeer, valueOf, type Behaviour, type SipPeer } from '../peers.ts';

function asker(probe: Probe, timeoutMs = 2000, hosts?: Record<string, string[]>): Asker {
  const made = createAsker(probe, timeoutMs, askerDeps(hosts));
  onTestFinished(() => made.close());
  return made;
}

const sip = (peer: { port: number }, transport = '', more: { certificate?: 'ignore' } = {}): Probe => ({ kind: 'sip-options', target: `sip:127.0.0.1:${peer.port}${transport}`, ...more });
const answered = (outcome: ProbeOutcome): Extract<ProbeOutcome, { is: 'answered' }> => {
  if (outcome.is !== 'answered') throw new Error(`was ${outcome.is}`);
  return outcome;
};
const HOUR = 3_600_000;
const now = Date.now();
const goodFor = makeCertificate(now - HOUR, now + HOUR);
const expired = makeCertificate(now - 2 * HOUR, now - HOUR);

const TRANSPORTS: readonly (readonly [name: string, transport: string, open: (behaviour: Behaviour) => Promise<SipPeer>])[] = [
  ['UDP', '', udpPeer],
  ['TCP', ';transport=tcp', streamPeer],
  ['TLS', ';transport=tls', (behaviour) => streamPeer(behaviour, goodFor)],
];

describe.each(TRANSPORTS)('OPTIONS over %s', (name, transport, open) => {
  test('is answered, with what matters of the answer; a provisional one does not count', async () => {
    const peer = await open((request) => [answerTo(request, 100), answerTo(request, 404)]);
    const one = asker(sip(peer, transport));
    expect(answered(await one.ask())).toMatchObject({ status: 404 });
    peer.does(answering(503, [['Retry-After', '120;duration=60']]));
    expect(answered(await one.ask())).toMatchObject({ status: 503, retryAfterSeconds: 120 });
    const [first, second] = peer.requests;
    expect(first?.start).toEqual({ method: 'OPTIONS', uri: `sip:127.0.0.1:${peer.port}` });
    expect(valueOf(first, 'via')).toMatch(new RegExp(`^SIP/2\\.0/${name} 127\\.0\\.0\\.1:\\d+;branch=z9hG4bK[0-9a-f]{20};rport$`));
    for (const header of ['call-id', 'via', 'from']) expect(valueOf(second, header)).not.toBe(valueOf(first, header));
    expect(branchOf(valueOf(second, 'via'))).not.toBe(branchOf(valueOf(first, 'via')));
    // The same socket or connection.
    expect([valueOf(second, 'via').split(';')[0], peer.connections < 2]).toEqual([valueOf(first, 'via').split(';')[0], true]);
  });

  test('answers to other questions do not count, the right one after them does', async () => {
    const replaced = (wanted: string, value: string) => (request: Parameters<Behaviour>[0]) => answerTo(request, 200, [], ([header, given]) => [header, header === wanted ? value : given]);
    const wrong: Behaviour = (request) => [
      replaced('Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKother')(request), replaced('Call-ID', 'other')(request), replaced('CSeq', '1 INVITE')(request), replaced('CSeq', '2 OPTIONS')(request),
      answerTo(request, 200, [['Via', 'SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKx']]),
    ];
    const peer = await open(wrong);
    const one = asker(sip(peer, transport), 150);
    expect(await one.ask()).toEqual({ is: 'silent' });
    peer.does((request) => [...wrong(request, 0), answerTo(request, 200)]);
    expect(answered(await one.ask()).status).toBe(200);
  });

  test('a closed port is refused at once', async () => {
    const [port = 0] = await freePorts(1);
    const began = performance.now();
    expect(await asker(sip({ port }, transport), 4000).ask()).toEqual({ is: 'refused' });
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

test('over UDP it is sent again until an answer comes, and with another socket after a miss', async () => {
  const peer = await udpPeer((request, turn) => (turn < 3 ? [] : [answerTo(request, 200)]));
  const one = asker(sip(peer), 4000);
  expect(answered(await one.ask()).status).toBe(200);
  expect(peer.requests).toHaveLength(3);
  expect(new Set(peer.requests.map((request) => JSON.stringify(request))).size).toBe(1);
  peer.does(silent);
  const short = asker(sip(peer), 100);
  expect(await short.ask()).toEqual({ is: 'silent' });
  peer.does(answering(200));
  expect(answered(await short.ask()).status).toBe(200);
  const addresses = peer.requests.slice(3).map((request) => valueOf(request, 'via').split(';')[0]);
  expect(new Set(addresses).size).toBe(2);
});

test('what is no SIP at all is noise over UDP', async () => {
  const peer = await udpPeer((request) => ['\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(60_000), answerTo(request, 200).replaceAll('\r\n', '\n'), answerTo(request, 486)]);
  expect(answered(await asker(sip(peer)).ask()).status).toBe(486);
});

test('a port that closes between two questions is seen at once, and one that opens again too', async () => {
  const peer = await udpPeer(answering(200));
  const one = asker(sip(peer), 4000);
  expect((await one.ask()).is).toBe('answered');
  await peer.close();
  expect(await one.ask()).toEqual({ is: 'refused' });
  const again = await udpPeer(answering(200), peer.port);
  expect(again.port).toBe(peer.port);
  expect((await one.ask()).is).toBe('answered');
});

describe('a stream', () => {
  test('is cut right however the answer comes; a connection that was ended while idle is no miss', async () => {
    const peer = await streamPeer((request) => ['\r\n\r\n', ...(answerTo(request, 200).match(/[\s\S]{1,7}/g) ?? [])]);
    const one = asker(sip(peer, ';transport=tcp'));
    expect(answered(await one.ask()).status).toBe(200);
    peer.hangUp();
    expect(answered(await one.ask()).status).toBe(200);
    expect(peer.connections).toBe(2);
  });

  test('that is ended or makes no sense is told apart from silence; after each there is another connection', async () => {
    const peer = await streamPeer(() => ['HTTP/1.1 400 Bad Request\r\n\r\n']);
    const one = asker(sip(peer, ';transport=tcp'), 300);
    expect(await one.ask()).toEqual({ is: 'garbled' });
    peer.does(() => {
      peer.hangUp();
      return [];
    });
    expect(await one.ask()).toEqual({ is: 'closed' });
    peer.does(silent);
    expect(await one.ask()).toEqual({ is: 'silent' });
    expect(peer.connections).toBe(3);
  });

  test('with a certificate that is not valid is answered, and says why not', async () => {
    for (const [certificate, fault] of [[goodFor, 'DEPTH_ZERO_SELF_SIGNED_CERT'], [expired, 'CERT_HAS_EXPIRED']] as const) {
      const peer = await streamPeer(answering(200), certificate);
      expect(answered(await asker(sip(peer, ';transport=tls')).ask()).certificateFault).toBe(fault);
      expect(answered(await asker(sip(peer, ';transport=tls', { certificate: 'ignore' })).ask()).certificateFault).toBeUndefined();
    }
  });

  test('that speaks no TLS is not taken for one', async () => {
    const peer = await streamPeer(silent);
    peer.does(silent);
    const plain = createHttpServer().listen(0, '127.0.0.1');
    onTestFinished(() => void plain.close());
    await new Promise((resolve) => plain.once('listening', resolve));
    const outcome = await asker(sip(plain.address() as AddressInfo, ';transport=tls')).ask();
    expect(outcome.is).toBe('tls-failed');
  });
});

describe('HTTP', () => {
  async function web(listener: RequestListener, secure = false): Promise<string> {
    const server = secure ? createHttpsServer({ cert: goodFor.cert, key: goodFor.key }, listener) : createHttpServer(listener);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `${secure ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`;
  }
  const LOCAL = { localhost: ['127.0.0.1'] };
  const get = (target: string, more: object = {}, timeoutMs = 2000): Promise<ProbeOutcome> => asker({ kind: 'http', target, ...more }, timeoutMs, LOCAL).ask();

  test('status, body and Retry-After are told; redirects are not followed', async () => {
    const seen: (string | undefined)[] = [];
    const url = await web((request, response) => {
      seen.push(`${request.method} ${request.headers.host} ${request.url}`);
      if (request.url === '/health?deep=1') response.end('{"database":"ok"}');
      else if (request.url === '/busy') response.writeHead(503, { 'retry-after': '30' }).end();
      else response.writeHead(302, { location: '/health?deep=1' }).end();
    });
    expect(answered(await get(`${url}/health?deep=1`, { expectBody: '"database":"ok"' }))).toMatchObject({ status: 200 });
    expect(answered(await get(`${url}/health?deep=1`, { expectBody: 'nothing' })).bodyWrong).toBe(true);
    expect(answered(await get(`${url}/busy`))).toMatchObject({ status: 503, retryAfterSeconds: 30 });
    expect(answered(await get(url))).toMatchObject({ status: 302 });
    expect(seen[0]).toBe(`GET ${url.slice(7)} /health?deep=1`);
  });

  test('a body without end is no reason to wait, unless something is looked for in it', async () => {
    const url = await web((_request, response) => void response.writeHead(200).write('half'));
    const one = asker({ kind: 'http', target: url }, 1000, LOCAL);
    for (let at = 0; at < 3; at += 1) expect(answered(await one.ask()).status).toBe(200);
    expect(await get(url, { expectBody: 'other half' }, 150)).toEqual({ is: 'silent' });
    const long = await web((_request, response) => void response.end('x'.repeat(1_000_000)));
    expect(answered(await get(long, { expectBody: 'y' })).bodyWrong).toBe(true);
  });

  test('silence, an end, nonsense and a closed port are told apart', async () => {
    expect(await get(await web(() => undefined), {}, 150)).toEqual({ is: 'silent' });
    expect(await get(await web((request) => void request.socket.destroy()))).toEqual({ is: 'closed' });
    const peer = await streamPeer(silent);
    const nonsense = await web((request) => void request.socket.end('SIP/2.0 200 OK\r\n\r\n'));
    expect(await get(nonsense)).toEqual({ is: 'garbled' });
    await peer.close();
    expect(await get(`http://127.0.0.1:${peer.port}`)).toEqual({ is: 'refused' });
  });

  test('over TLS its certificate is looked at', async () => {
    const url = await web((_request, response) => void response.end(), true);
    expect(answered(await get(url)).certificateFault).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    const one = asker({ kind: 'http', target: url, certificate: 'ignore' }, 2000, LOCAL);
    for (let at = 0; at < 2; at += 1) expect(answered(await one.ask()).certificateFault).toBeUndefined();
    expect(await get(url.replace('https', 'http'))).toMatchObject({ is: 'closed' });
  });
});

test('a connection proves a port, and a name that is not there is told as that', async () => {
  const peer = await streamPeer(silent);
  expect(answered(await asker({ kind: 'tcp', target: `127.0.0.1:${peer.port}` }).ask()).ms).toBeLessThan(2000);
  await peer.close();
  expect(await asker({ kind: 'tcp', target: `127.0.0.1:${peer.port}` }).ask()).toEqual({ is: 'refused' });
  expect(await asker({ kind: 'tcp', target: 'nowhere.example:5060' }).ask()).toEqual({ is: 'name-unknown', code: 'ENOTFOUND' });
  expect(await asker({ kind: 'tcp', target: '169.254.169.254:80' }).ask()).toEqual({ is: 'name-unknown', code: 'FORBIDDEN' });
});

test('of several addresses another is asked after a miss', async () => {
  const peer = await udpPeer(answering(200));
  const one = asker({ kind: 'sip-options', target: `sip:pbx.test:${peer.port}` }, 1000, { 'pbx.test': ['127.0.0.2', '127.0.0.1'] });
  expect(await one.ask()).toEqual({ is: 'refused' });
  for (let at = 0; at < 2; at += 1) expect((await one.ask()).is).toBe('answered');
});

test.each(['sip:[2001:db8::1]', 'sip:[2001:db8::1];transport=tcp', 'http://[2001:db8::1]/', '[2001:db8::1]:1', 'http://1.2.3.456/', 'http://a..b/', '[:::]:1', 'sip:[:::]'])('%s, to which there is no way, is an outcome and no crash', async (target) => {
  const { is } = await asker(probeTo(target), 100).ask();
  // The first where there is no IPv6, the second where there is none to there, the third where packets vanish.
  expect(['not-asked', 'unreachable', 'silent', 'name-unknown']).toContain(is);
});

test.each(TRANSPORTS)('one that is closed while it asks over %s ends, and leaves nothing behind', async (_name, transport, open) => {
  const peer = await open(silent);
  const one = asker(sip(peer, transport), 200);
  const asked = one.ask();
  await expect.poll(() => peer.requests.length).toBe(1);
  one.close();
  expect(['silent', 'closed']).toContain((await asked).is);
  expect(await one.ask()).toEqual({ is: 'not-asked', code: 'CLOSED' });
});
