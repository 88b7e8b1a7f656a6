/** Peers for probes: a SIP server that does as it is told, over UDP, TCP and TLS. */
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createNameLookup } from '../../src/health/probes/name-lookup.ts';
import type { AskerDeps } from '../../src/health/probes/asker.ts';
import { headerValues, parseSip, writeSip, type SipHeader, type SipMessage } from '../../src/sip/message.ts';
import { realSystem } from '../../src/system/system.ts';
import type { MadeCertificate } from '../support/certificate.ts';

/** What is answered to a request: texts, sent one after the other; nothing by default. */
export type Behaviour = (request: SipMessage, turn: number) => readonly string[];

export interface SipPeer {
  port: number;
  /** All that came, in order. */
  requests: SipMessage[];
  /** Of TCP and TLS. */
  connections: number;
  does(behaviour: Behaviour): void;
  /** Ends all connections. */
  hangUp(): void;
  close(): Promise<void>;
}

export function answerTo(request: SipMessage, status: number, more: readonly SipHeader[] = [], change: (header: SipHeader) => SipHeader = (header) => header): string {
  const copied = request.headers.filter(([name]) => ['Via', 'From', 'To', 'Call-ID', 'CSeq'].includes(name)).map(change);
  return writeSip({ start: { status, reason: 'Whatever' }, headers: [...copied, ...more], body: '' });
}

export const answering = (status: number, more: readonly SipHeader[] = []): Behaviour => (request) => [answerTo(request, status, more)];
export const silent: Behaviour = () => [];

export async function udpPeer(behaviour: Behaviour, port = 0): Promise<SipPeer> {
  const socket = createSocket('udp4');
  const peer: SipPeer = {
    port: 0, requests: [], connections: 0,
    does: (next) => void (behaviour = next),
    hangUp: () => undefined,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (octets, from) => {
    const request = parseSip(octets.toString('latin1'));
    peer.requests.push(request);
    for (const text of behaviour(request, peer.requests.length)) socket.send(Buffer.from(text, 'latin1'), from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(port, '127.0.0.1', resolve);
  });
  peer.port = socket.address().port;
  onTestFinished(() => void peer.close().catch(() => undefined));
  return peer;
}

/** `certificate`: over TLS. Each text of a behaviour goes out as it is, so that it can be cut anywhere. */
export async function streamPeer(behaviour: Behaviour, certificate?: MadeCertificate): Promise<SipPeer> {
  const open = new Set<Socket>();
  const serve = (socket: Socket): void => {
    peer.connections += 1;
    open.add(socket);
    let text = '';
    socket.on('data', (octets) => {
      text += octets.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = parseSip(text.slice(0, end + 4));
        text = text.slice(end + 4);
        peer.requests.push(request);
        for (const piece of behaviour(request, peer.requests.length)) socket.write(piece, 'latin1');
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  };
  const server: Server = certificate ? createTlsServer({ cert: certificate.cert, key: certificate.key }, serve) : createServer({ noDelay: true }, serve);
  server.on('tlsClientError', () => undefined);
  const peer: SipPeer = {
    port: 0, requests: [], connections: 0,
    does: (next) => void (behaviour = next),
    hangUp() {
      for (const socket of open) socket.destroy();
    },
    close: () => new Promise((resolve) => {
      peer.hangUp();
      server.close(() => resolve());
    }),
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  peer.port = (server.address() as AddressInfo).port;
  onTestFinished(() => peer.close());
  return peer;
}

export const valueOf = (message: SipMessage | undefined, name: string): string => (message ? (headerValues(message, name)[0] ?? '') : '');

const never = (): Promise<never> => Promise.reject(Object.assign(new Error('not asked in this test'), { code: 'ENOTFOUND' }));

/** Deps of an asker, without any name server but the system's list of hosts. */
export function askerDeps(hosts: Readonly<Record<string, string[]>> = {}): AskerDeps {
  const server = { resolve4: never, resolve6: never, resolveSrv: never, lookup: (name: string) => (hosts[name] ? Promise.resolve(hosts[name]) : never()) };
  return { names: createNameLookup({ server, steady: realSystem.steady }), system: realSystem };
}
