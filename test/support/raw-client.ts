/** A client that says to a server what no well-behaved one would: bytes on a socket, when and as it likes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawClient {
  readonly socket: Socket;
  /** What has come so far. */
  readonly received: string;
  /** Resolves when the connection is over, whoever ended it and how. */
  readonly over: Promise<void>;
  readonly isOver: boolean;
}

/** `from`: the local address, so that a test can be several clients: 127.0.0.1 to 127.255.255.254 are all of this machine. */
export async function rawClient(url: string, from = '127.0.0.1'): Promise<RawClient> {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from, noDelay: true });
  let received = '';
  let isOver = false;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
  });
  // A reset is one of the ways in which it ends.
  socket.on('error', () => undefined);
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true;
      resolve();
    });
  });
  await Promise.race([once(socket, 'connect').catch(() => undefined), over]);
  return {
    socket,
    over,
    get received() {
      return received;
    },
    get isOver() {
      return isOver;
    },
  };
}

/** Opens so many, some at a time: a listen queue holds no more. */
export async function rawClients(count: number, url: string, from?: (at: number) => string): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  const AT_ONCE = 100;
  while (clients.length < count) {
    const now = Math.min(AT_ONCE, count - clients.length);
    const begun = clients.length;
    clients.push(...(await Promise.all(Array.from({ length: now }, (_, at) => rawClient(url, from?.(begun + at))))));
  }
  return clients;
}

export const statusLine = (received: string): string => received.split('\r\n', 1)[0] ?? '';
