/** Floods, each of many sockets of its own, done for real and until told to stop. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ADMIN_KEY, PUBLIC_BASE_URL, type ServiceProcess } from '../support/service-process.ts';
import { rawClients, type RawClient } from '../support/raw-client.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { NUMBER } from './gone.ts';

export interface Flood {
  readonly clients: readonly RawClient[];
  /** Ends what is still open. */
  stop(): Promise<void>;
}

/** Other clients than the one whose calls must be answered. */
const address = (at: number): string => `127.0.${10 + Math.floor(at / 200)}.${1 + (at % 200)}`;

/** `connect` is asked for as many clients as there are, from so many addresses. */
async function open(service: ServiceProcess, count: number, addresses: number, begin: (client: RawClient, at: number) => void): Promise<Flood> {
  const clients = await rawClients(count, service.url, (at) => address(at % addresses));
  clients.forEach(begin);
  return {
    clients,
    async stop() {
      for (const { socket } of clients) socket.destroy();
      await Promise.all(clients.map(({ over }) => over));
    },
  };
}

/** As fast as it is taken. */
function pour({ socket }: RawClient, text: string): void {
  const more = (): void => {
    while (socket.writable && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

/** In a process of its own: so many clients, each with one of these texts, which gets so many answers. */
async function ask(service: ServiceProcess, { clients, addresses, texts, answers }: { clients: number; addresses: number; texts: readonly string[]; answers: number }): Promise<Flood> {
  const child = fork(join(import.meta.dirname, 'flooder.mjs'), { execArgv: [] });
  const ended = once(child, 'exit');
  const begun = once(child, 'message');
  child.send({ port: Number(new URL(service.url).port), from: Array.from({ length: addresses }, (_, at) => address(at)), texts, clients, answers });
  await begun;
  return {
    clients: [],
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const requestOf = (method: string, path: string, headers: Record<string, string>, body = ''): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}${body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`}\r\n${body}`;

const authorization = `Bearer ${ADMIN_KEY}`;
const AHEAD = 12;

function forged(at: number): string {
  const { path, headers, body } = signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/voice', callParams(callSid(at), NUMBER), 'not-the-token');
  return requestOf('POST', path, headers, body);
}

const LISTS = ['/v1/numbers', '/v1/audit', '/v1/calls', '/v1/exports/numbers', '/v1/audit/verify', '/v1/nowhere'];

/** What each does, and whether the service ends its connections. */
export const FLOODS: Readonly<Record<string, { begin(service: ServiceProcess): Promise<Flood>; cutOff: boolean }>> = {
  'connections of one address': { cutOff: true, begin: (service) => open(service, 2000, 1, () => undefined) },
  'connections of many addresses': { cutOff: true, begin: (service) => open(service, 5000, 25, () => undefined) },
  slowloris: {
    cutOff: true,
    begin: (service) =>
      open(service, 800, 10, ({ socket, over }) => {
        socket.write('GET /v1/plans HTTP/1.1\r\nhost: x\r\nx-slow: ');
        const dribble = setInterval(() => socket.write('x'), 250);
        void over.then(() => clearInterval(dribble));
      }),
  },
  'slow bodies': { cutOff: true, begin: (service) => open(service, 1500, 10, ({ socket }) => void socket.write(`POST /webhooks/main/voice HTTP/1.1\r\nhost: x\r\ncontent-length: 65000\r\n\r\n${'x'.repeat(64_000)}`)) },
  'huge bodies': { cutOff: true, begin: (service) => open(service, 100, 10, (client) => {
    client.socket.write(`POST /webhooks/main/voice HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
    pour(client, `10000\r\n${'x'.repeat(65_536)}\r\n`);
  }) },
  headers: { cutOff: true, begin: (service) => open(service, 300, 10, (client) => pour(client, `GET /v1/plans HTTP/1.1\r\nhost: x\r\n${'x-more: and more\r\n'.repeat(2000)}\r\n`)) },
  'answers that are not read': {
    cutOff: true,
    begin: (service) =>
      open(service, 50, 10, ({ socket, over }) => {
        socket.pause();
        const more = setInterval(() => socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n'), 100);
        void over.then(() => clearInterval(more));
      }),
  },
  pipelining: { cutOff: true, begin: (service) => open(service, 100, 10, (client) => pour(client, requestOf('GET', '/v1/numbers', { authorization }).repeat(50))) },
  'requests to the API': { cutOff: false, begin: (service) => ask(service, { clients: 600, addresses: 3, texts: LISTS.map((path) => requestOf('GET', path, { authorization })), answers: 1 }) },
  'forged webhooks': { cutOff: false, begin: (service) => ask(service, { clients: 100, addresses: 10, texts: [forged(1).repeat(AHEAD)], answers: AHEAD }) },
};

/** So much at a time from so many that the process comes late to its work. */
export const beyondCapacity = (service: ServiceProcess): Promise<Flood> => ask(service, { clients: 400, addresses: 10, texts: [forged(1).repeat(AHEAD)], answers: AHEAD });
