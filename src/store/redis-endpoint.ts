/** Where our own redis-server listens and how it is configured: a unix socket, or a loopback port where the socket's path would be too long. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RedisOptions } from 'ioredis';
import type { Random } from '../system/system.ts';

export type RedisEndpoint = { kind: 'unix'; path: string } | { kind: 'tcp'; port: number; password: string };

/** The kernel takes 107 bytes on Linux and 103 on macOS (unix(7)); redis-server itself adds none. */
const SOCKET_PATH_MAX_BYTES = 100;
const HOST = '127.0.0.1';

/** Where one that an earlier service left behind would listen. */
export function recordedEndpoint(dir: string): RedisEndpoint | undefined {
  const path = join(dir, 'redis.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES) return { kind: 'unix', path };
  try {
    const { port, password } = JSON.parse(readFileSync(join(dir, 'endpoint.json'), 'utf8')) as { port?: unknown; password?: unknown };
    return typeof port === 'number' && typeof password === 'string' ? { kind: 'tcp', port, password } : undefined;
  } catch {
    return undefined;
  }
}

/** Where a new one shall listen: the same place as before as long as nobody else took it. */
export async function chooseEndpoint(dir: string, random: Random): Promise<RedisEndpoint> {
  const recorded = recordedEndpoint(dir);
  if (recorded?.kind === 'unix') return recorded;
  const port = (recorded && (await freePort(recorded.port))) ?? (await freePort(0));
  if (port === undefined) throw new Error('No free port on the loopback address for the own redis-server');
  const endpoint: RedisEndpoint = { kind: 'tcp', port, password: random.bytes(24).toString('hex') };
  writeFileSync(join(dir, 'endpoint.json'), JSON.stringify({ port, password: endpoint.password }), { mode: 0o600 });
  return endpoint;
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, HOST, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export function endpointUrl(endpoint: RedisEndpoint): string {
  return endpoint.kind === 'unix' ? endpoint.path : `redis://:${endpoint.password}@${HOST}:${endpoint.port}`;
}

export function endpointOptions(endpoint: RedisEndpoint): RedisOptions {
  return endpoint.kind === 'unix' ? { path: endpoint.path } : { host: HOST, port: endpoint.port, password: endpoint.password };
}

/** Written to a file that only we can read, rather than given as arguments, which every user of the machine could. */
export function redisConfig(dir: string, endpoint: RedisEndpoint): string {
  const listen = endpoint.kind === 'unix'
    ? [['port', '0'], ['unixsocket', endpoint.path], ['unixsocketperm', '700']]
    : [['port', String(endpoint.port)], ['bind', HOST], ['requirepass', endpoint.password]];
  const options = [
    ...listen,
    ['protected-mode', 'yes'],
    ['daemonize', 'no'],
    ['dir', dir],
    ['pidfile', join(dir, 'redis.pid')],
    ['logfile', join(dir, 'redis.log')],
    ['loglevel', 'notice'],
    // Acknowledged means on disk.
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['no-appendfsync-on-rewrite', 'no'],
    ['aof-load-truncated', 'yes'],
    ['save', ''],
    ['maxmemory-policy', 'noeviction'],
  ];
  // redis-server unquotes the escapes that JSON uses, save \u, which JSON uses for control characters only.
  return options.map(([name, value]) => `${name} ${JSON.stringify(value)}\n`).join('');
}
