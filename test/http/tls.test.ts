/** The service with TLS of its own: real handshakes; a certificate that is renewed under traffic; pairs that are no good. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { LOOK_MS, tlsFrom } from '../../src/http/tls.ts';
import { realSystem, type Timers } from '../../src/system/system.ts';
import { makeCertificate, type MadeCertificate } from '../support/certificate.ts';
import { createKeptLog } from '../support/kept-log.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';

const DAY = 86_400_000;
const made = (days = 90): MadeCertificate => makeCertificate(Date.now() - DAY, Date.now() + days * DAY);

let folder: string;
let certFile: string;
let keyFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rt-tls-'));
  [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
});
afterEach(() => rmSync(folder, { recursive: true }));

function put({ cert, key }: MadeCertificate): void {
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
}

/** Timers of which those that look at the files run when told. */
function withLooks(): { timers: Timers; look(): void } {
  const looks = new Set<() => void>();
  const every: Timers['every'] = (ms, task) => {
    if (ms !== LOOK_MS) return realSystem.timers.every(ms, task);
    looks.add(task);
    return () => void looks.delete(task);
  };
  return { timers: { ...realSystem.timers, every }, look: () => looks.forEach((task) => task()) };
}

describe('a service with a certificate', () => {
  let redis: TestRedis;
  let service: RunningService;
  let port: number;
  let look: () => void;
  let first: MadeCertificate;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets: TLSSocket[] = [];
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.flush();
    put((first = made()));
    const { timers, look: lookNow } = withLooks();
    look = lookNow;
    service = await startService({ redis, settings: { WORKERS: 'off', TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, SLOW_CLIENT_SECONDS: 1 }, system: { timers } });
    port = Number(new URL(service.url).port);
    return async () => {
      agent.destroy();
      for (const socket of sockets.splice(0)) socket.destroy();
      await service.close();
    };
  });

  async function shake(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: first.cert, ...options });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  /** Over a connection that is kept. */
  async function kept(): Promise<{ status: number | undefined; connection: number | undefined }> {
    const asked = request({ agent, port, host: '127.0.0.1', servername: 'localhost', path: '/healthz', ca: first.cert }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const connection = answer.socket.localPort;
    answer.resume();
    await once(answer, 'end');
    return { status: answer.statusCode, connection };
  }

  test('answers over TLS 1.2 and 1.3, and over nothing older or plainer', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await shake({ minVersion: version, maxVersion: version });
      expect([socket.getProtocol(), socket.authorized]).toEqual([version, true]);
      socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
    await expect(shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow(/protocol|alert/i);
    const plain = connectPlain(port, '127.0.0.1');
    let said = '';
    plain.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
    });
    plain.on('error', () => undefined);
    plain.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(plain, 'close');
    expect(said).not.toContain('200');
  });

  test('a client that never ends its handshake is cut off', async () => {
    const mute = connectPlain(port, '127.0.0.1');
    mute.on('error', () => undefined);
    await once(mute, 'close');
    expect((await kept()).status).toBe(200);
  });

  test('shows a renewed one to who connects from then on, and what is connected goes on', async () => {
    const before = await kept();
    const open = await shake();
    const second = made();
    put(second);
    look();
    expect((await shake({ ca: second.cert })).authorized).toBe(true);
    await expect(shake()).rejects.toThrow(/self-signed|unable to verify/i);
    expect(await kept()).toEqual(before);
    open.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    expect(service.lines.join('')).toContain('the renewed TLS certificate is in force');
  });

  test.each([
    ['half of a pair', () => writeFileSync(certFile, made().cert), 'do not belong together'],
    ['one that is torn', () => writeFileSync(certFile, first.cert.slice(0, 200)), 'does not begin with a certificate'],
    ['one that has expired', () => put(makeCertificate(Date.now() - 2 * DAY, Date.now() - DAY)), 'expired on'],
    ['none', () => rmSync(keyFile), 'cannot be read (ENOENT)'],
  ])('keeps the one before when it finds %s, says so once, and takes the next good one', async (_name, spoil, why) => {
    spoil();
    look();
    look();
    expect((await shake()).authorized).toBe(true);
    const refusals = service.lines.filter((line) => line.includes('the TLS certificate on disk is refused'));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toContain(why);
    const good = made();
    put(good);
    look();
    expect((await shake({ ca: good.cert })).authorized).toBe(true);
  });
});

describe('a start', () => {
  const open = (now = Date.now()): { lines: string[]; look(): void; at(then: number): void } => {
    const { log, lines } = createKeptLog();
    const { timers, look } = withLooks();
    let clock = now;
    tlsFrom({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }, { clock: { now: () => clock }, timers, log })?.keepFresh({ setSecureContext: () => undefined });
    return { lines, look, at: (then) => void (clock = then) };
  };

  test.each([
    ['no such file', () => rmSync(certFile), /^TLS_CERT_FILE \S+cert\.pem cannot be read \(ENOENT\)$/],
    ['a certificate that is none', () => writeFileSync(certFile, 'rubbish'), /^TLS_CERT_FILE \S+ does not begin with a certificate in PEM$/],
    ['a key that is none', () => writeFileSync(keyFile, 'rubbish'), /^TLS_KEY_FILE \S+ holds no private key in PEM that can be read without a password$/],
    ['a certificate for the key', () => writeFileSync(keyFile, made().cert), /^TLS_KEY_FILE \S+ holds no private key/],
    ['two that do not belong together', () => writeFileSync(keyFile, made().key), /^TLS_CERT_FILE \S+ and TLS_KEY_FILE \S+ do not belong together$/],
    ['one that has expired', () => put(makeCertificate(Date.now() - 2 * DAY, Date.now() - DAY)), /^The certificate in TLS_CERT_FILE \S+ expired on 2\S+Z$/],
    ['one of tomorrow', () => put(makeCertificate(Date.now() + DAY, Date.now() + 2 * DAY)), /^The certificate in TLS_CERT_FILE \S+ is not valid before 2\S+Z$/],
  ])('with %s is refused, and told why', (_name, spoil, why) => {
    put(made());
    expect(() => open()).not.toThrow();
    spoil();
    expect(() => open()).toThrow(why);
  });

  test('needs both files or neither', () => {
    for (const one of ['TLS_CERT_FILE', 'TLS_KEY_FILE']) expect(() => readSettings({ [one]: '/x' })).toThrow(/TLS_CERT_FILE and TLS_KEY_FILE go together/);
  });

  test('an end that comes near is told once a day', () => {
    put(made(20));
    const now = Date.now();
    const { lines, look, at } = open(now);
    const warnings = (): number => lines.filter((line) => line.includes('ends soon')).length;
    expect(warnings()).toBe(0);
    at(now + 10 * DAY);
    look();
    look();
    expect(warnings()).toBe(1);
    at(now + 11 * DAY);
    look();
    expect(warnings()).toBe(2);
    put(made(90));
    at(now + 12 * DAY);
    look();
    expect(warnings()).toBe(2);
  });
});
