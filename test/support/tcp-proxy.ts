/** A network between a service and Redis, or whomever it posts to, that a test can break: cut, stalled, half-open or slow. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * - `open`: all goes through
 * - `cut`: connections break, new ones are refused
 * - `stalled`: nothing moves, nothing breaks; what was sent meanwhile arrives when it is open again
 * - `half-open`: what is sent arrives, no answer comes back, ever; when it is open again those connections break
 */
export type ProxyMode = 'open' | 'cut' | 'stalled' | 'half-open';

export interface TcpProxy {
  /** For ioredis. */
  readonly url: string;
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Half-open as soon as something with this text was sent: it arrives, and its answer is lost. Holds until `set`. */
  loseAnswerTo(text: string): void;
  /** Each piece in either direction takes this long, in order; 0 is at once. */
  slow(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  lost: boolean;
}

/** `target` is the path of a unix socket, or a port on this machine. */
export async function createTcpProxy(target: string | number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'open';
  let slowMs = 0;
  let losing: string | undefined;

  function pass(pair: Pair, from: Socket, to: Socket, isAnswer: boolean): void {
    /** What is on its way slowly: nothing that comes later may overtake it. */
    const late: Buffer[] = [];
    const next = (): void => {
      const chunk = late.shift();
      if (chunk) to.write(chunk);
    };
    from.on('data', (chunk: Buffer) => {
      if (isAnswer && mode === 'half-open') {
        pair.lost = true;
        return;
      }
      if (!isAnswer && losing !== undefined && chunk.includes(losing)) {
        mode = 'half-open';
        losing = undefined;
      }
      late.push(chunk);
      if (slowMs > 0) setTimeout(next, slowMs);
      else while (late.length > 0) next();
    });
  }

  function apply({ client, server }: Pair): void {
    const move = mode === 'stalled' ? 'pause' : 'resume';
    client[move]();
    server[move]();
  }

  const listener = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const pair: Pair = { client, server: typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target), lost: false };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      pair.client.destroy();
      pair.server.destroy();
    };
    for (const socket of [pair.client, pair.server]) socket.on('error', end).on('close', end);
    pass(pair, pair.client, pair.server, false);
    pass(pair, pair.server, pair.client, true);
    apply(pair);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const breakAll = (which: (pair: Pair) => boolean): void => {
    for (const pair of pairs) if (which(pair)) pair.client.destroy();
  };

  const { port } = listener.address() as AddressInfo;

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    set(wanted) {
      mode = wanted;
      losing = undefined;
      breakAll(({ lost }) => mode === 'cut' || (mode === 'open' && lost));
      for (const pair of pairs) apply(pair);
    },
    loseAnswerTo(text) {
      losing = text;
    },
    slow(ms) {
      slowMs = ms;
    },
    async close() {
      breakAll(() => true);
      listener.close();
      await once(listener, 'close');
    },
  };
}
