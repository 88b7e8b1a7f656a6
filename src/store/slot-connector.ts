/**
 * Connects to the server of a Redis Cluster that has our keys, which are all in one slot. The connection is then one to an ordinary
 * Redis, with nothing sent twice, and ends when the slot goes elsewhere; each new one looks for the slot's primary again.
 *
 * ioredis' own Cluster is for keys in many slots. It sends again by itself what was in flight when a server went,
 * which for a commit must not be, and has neither time-outs nor readiness for the one server that counts here.
 */
import { createConnection, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { RedisNode, RedisPlace } from '../domain/redis-url.ts';
import { keys } from './keys.ts';

type ClusterPlace = Extract<RedisPlace, { kind: 'cluster' }>;
/** From CLUSTER SLOTS: the first and the last slot, then its primary, then its replicas. */
type SlotRange = [from: number, to: number, ...nodes: [host: string | null, port: number][]];

interface Layout {
  primary: RedisNode;
  nodes: RedisNode[];
}

/** A server that does not know its own name means the one at which it was asked. */
const nodeOf = ([host, port]: [string | null, number], asked: RedisNode): RedisNode => ({ host: host === null || host === '' || host === '?' ? asked.host : host, port });

const nameOf = ({ host, port }: RedisNode): string => `${host} ${port}`;

async function ask(node: RedisNode, { login, tls }: ClusterPlace, ms: number): Promise<Layout> {
  const asking = new Redis({ ...node, ...login, ...(tls ? { tls: {} } : {}), connectionName: 'ringthrough-asking', enableReadyCheck: false, retryStrategy: null, connectTimeout: ms, commandTimeout: ms, disconnectTimeout: ms });
  // The commands fail as well, but only this tells why.
  let why: Error | undefined;
  asking.on('error', (error) => {
    why = error;
  });
  try {
    const [slot, ranges] = await Promise.all([asking.cluster('KEYSLOT', keys.revision), asking.cluster('SLOTS') as Promise<unknown>]);
    const range = (ranges as SlotRange[]).find(([from, to]) => from <= slot && slot <= to);
    const [primary] = range?.slice(2) as SlotRange[2][] | undefined ?? [];
    if (!primary) throw new Error('no server of the cluster has the slot of our keys');
    const nodes = (ranges as SlotRange[]).flatMap(([, , ...held]) => held.map((one) => nodeOf(one, node)));
    return { primary: nodeOf(primary, node), nodes };
  } catch (error) {
    throw why ?? error;
  } finally {
    asking.disconnect();
  }
}

/** A socket that is closed from the beginning: ioredis takes it as a try that failed, and tries again in its own time. */
function noConnection(): Socket {
  return new Socket().destroy();
}

/** `ms`: how long each server may take to say where the slot is. All that are known are asked at once; the first to answer is believed. */
export function createSlotConnector(place: ClusterPlace, ms: number): NonNullable<RedisOptions['Connector']> {
  // A class, because ioredis makes one of its own for each connection.
  return class SlotConnector extends AbstractConnector {
    #known = new Map(place.nodes.map((node) => [nameOf(node), node]));

    constructor() {
      super(ms);
    }

    override check(info: { role?: string }): boolean {
      return info.role === 'master';
    }

    async connect(): Promise<AbstractConnector['stream']> {
      this.connecting = true;
      const layout = await Promise.any([...this.#known.values()].map((node) => ask(node, place, ms))).catch((error: unknown) => error as AggregateError);
      if (!this.connecting) throw new Error('Connection is closed.');
      if (layout instanceof Error) {
        this.firstError = layout.errors[0] instanceof Error ? layout.errors[0] : layout;
        return noConnection();
      }
      // Those that were named in the settings stay: they may be all that is left.
      this.#known = new Map([...place.nodes, ...layout.nodes].map((node) => [nameOf(node), node]));
      const { host, port } = layout.primary;
      this.stream = place.tls ? connectTls({ host, port }) : createConnection({ host, port });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
