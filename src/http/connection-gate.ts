/**
 * Who may connect: so many together, so many from one address. Each connection has one request at a time in the process's
 * queue, so what bounds their number bounds how long any request waits; who is refused is told at once, and a
 * carrier asks its fallback.
 */
import { BlockList, isIP, type Socket } from 'node:net';
import { clientOf } from '../access/guess-guard.ts';
import type { Metrics } from '../operations/metrics.ts';

export interface ConnectionLimits {
  /** Together. Who connects to localhost has RESERVED more, so that an operator gets in when all are taken. */
  most: number;
  /** Of one address, those of `proxies` excepted. */
  mostOfAddress: number;
  /** Addresses and networks. */
  proxies: readonly string[];
}

export interface ConnectionGate {
  /** Counts a connection until it closes; false, and it is reset, when there are too many. */
  enter(socket: Socket): boolean;
  /** True when so many are open that idle ones are better not kept for long. */
  readonly crowded: boolean;
  readonly open: number;
}

export const RESERVED = 64;
/** From this share on, connections that fall idle are kept for a short time only. */
const CROWDED = 0.8;
/** Files of our own: Redis, the spool, the log, requests to carriers. */
const OWN_FILES = 200;

/** What is left of `most` for connections when the system allows `openFiles` files to be open. */
export function connectionsWithin(openFiles: number, most: number): number {
  return Math.max(10, Math.min(most, openFiles - OWN_FILES - RESERVED));
}

export function parseProxies(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map((one) => one.trim());
}

function listOf(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of proxies) {
    const [address = '', bits] = one.split('/');
    const family = isIP(address);
    if (family === 0 || Number(bits ?? 0) > (family === 4 ? 32 : 128)) throw new Error(`TRUSTED_PROXIES: ${one} is neither an address nor a network`);
    if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6');
    else list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** IPv4 as IPv6 writes it is IPv4. */
const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address);

/** Throws when `proxies` has what is no address. */
export function createConnectionGate({ most, mostOfAddress, proxies }: ConnectionLimits, metrics: Pick<Metrics, 'connectionsRefused'>): ConnectionGate {
  const trusted = listOf(proxies);
  const counts = new Map<string, number>();
  let open = 0;

  function refusal(address: string): 'all' | 'address' | undefined {
    const more = address === '127.0.0.1' || address === '::1' ? RESERVED : 0;
    if (open >= most + more) return 'all';
    const full = (counts.get(clientOf(address)) ?? 0) >= mostOfAddress + more;
    return full && !trusted.check(address, address.includes(':') ? 'ipv6' : 'ipv4') ? 'address' : undefined;
  }

  return {
    enter(socket) {
      const { remoteAddress } = socket;
      // It has gone already.
      if (remoteAddress === undefined) {
        socket.destroy();
        return false;
      }
      const address = plain(remoteAddress);
      const reason = refusal(address);
      if (reason !== undefined) {
        metrics.connectionsRefused.inc({ reason });
        socket.resetAndDestroy();
        return false;
      }
      const client = clientOf(address);
      open += 1;
      counts.set(client, (counts.get(client) ?? 0) + 1);
      socket.once('close', () => {
        open -= 1;
        const left = (counts.get(client) ?? 1) - 1;
        if (left > 0) counts.set(client, left);
        else counts.delete(client);
      });
      return true;
    },
    get crowded() {
      return open >= most * CROWDED;
    },
    get open() {
      return open;
    },
  };
}
