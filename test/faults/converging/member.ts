/** One of several processes on one Redis, each with a network and a disk of its own; started, stopped and killed by tests. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTcpProxy, type ProxyMode, type TcpProxy } from '../../support/tcp-proxy.ts';
import { startServiceProcess, type ServiceProcess } from '../../support/service-process.ts';
import { startService, type RunningService } from '../../support/service.ts';

const SECRET_KEY = '5e'.repeat(32);
/** How long anybody waits for an answer before it counts as none, milliseconds: far above what any answer may take. */
const PATIENCE_MS = 20_000;
const SLOW_MS = 5;
/** A slow machine is no fault that is looked for here. */
const NEVER_OVERLOADED = 60_000;

export type Link = ProxyMode | 'slow';

export interface MemberAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
}

/** A service that runs. */
interface Running {
  url: string;
  /** What it has logged, one JSON a line or object. */
  log(): Record<string, unknown>[];
  /** In good order. */
  stop(): Promise<unknown>;
  /** At once, without a word; resolves with the folder that its successor finds. */
  kill(): Promise<string>;
}

export interface Member {
  readonly name: string;
  readonly dataDir: string;
  readonly up: boolean;
  /** False until it had something to answer calls from: it may have been started with neither Redis nor a snapshot. */
  readonly hasTable: boolean;
  /** What all that ran under this name have logged. */
  log(): Record<string, unknown>[];
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** The network to Redis, also of those that are started later. */
  link(link: Link): void;
  /** Half-open as soon as a command with this text was sent: it is carried out, and its answer is lost. */
  loseAnswerTo(text: string): void;
  /** With the admin key. Throws what `fetch` throws. */
  ask(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<MemberAnswer>;
  close(): Promise<void>;
}

type Launch = (dataDir: string, redisUrl: string) => Promise<Running>;

/** A real process, from dist/. */
export const asProcess: Launch = async (dataDir, redisUrl) => {
  const service: ServiceProcess = await startServiceProcess(dataDir, { REDIS_URL: redisUrl, SECRET_KEY, SNAPSHOT_SECONDS: '1', OVERLOAD_LAG_MS: String(NEVER_OVERLOADED) });
  return {
    url: service.url,
    log: () => service.log,
    stop: () => service.end('SIGTERM'),
    kill: async () => {
      await service.end('SIGKILL');
      return dataDir;
    },
  };
};

/** A file that another thread writes, as it was at one instant: had it changed between the two readings, they would differ. */
function atOneInstant(file: string): Buffer {
  for (;;) {
    const [first, second] = [readFileSync(file), readFileSync(file)];
    if (first.equals(second)) return first;
  }
}

/** Copies a folder as a killed process would have left it. */
function copyOfDisk(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/\.mdb(-lock)?$/.test(path) });
  const spool = join('spool', 'spool.mdb');
  if (existsSync(join(from, spool))) writeFileSync(join(to, spool), atOneInstant(join(from, spool)));
}

let copies = 0;

/**
 * The whole service in this process: quick. It is killed by taking from it, within one turn of the event loop, its callers, its network and its
 * disk: what it does after that nobody can know, and the next begins with what was on the disk then.
 */
export function inProcess(cutOff: () => void, ghosts: Promise<unknown>[]): Launch {
  return async (dataDir, redisUrl) => {
    const service: RunningService = await startService({ redis: { url: redisUrl, dir: dataDir }, settings: { DATA_DIR: dataDir, SECRET_KEY, SNAPSHOT_SECONDS: 1, OVERLOAD_LAG_MS: NEVER_OVERLOADED } });
    return {
      url: service.url,
      log: () => service.lines.map((line) => JSON.parse(line) as Record<string, unknown>),
      stop: () => service.close(),
      async kill() {
        copies += 1;
        const left = `${dataDir.replace(/-copy\d+$/, '')}-copy${copies}`;
        service.app.server.close();
        service.app.server.closeAllConnections();
        cutOff();
        copyOfDisk(dataDir, left);
        ghosts.push(service.close());
        return left;
      },
    };
  };
}

async function readAnswer(response: Response): Promise<MemberAnswer> {
  const text = await response.text();
  const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: json && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

export interface MemberOptions {
  name: string;
  /** A folder that goes with the test. */
  dataDir: string;
  /** The unix socket of redis-server. */
  redis: string;
  adminKey: string;
  real: boolean;
}

export async function createMember({ name, dataDir: firstDir, redis, adminKey, real }: MemberOptions): Promise<Member> {
  let dataDir = firstDir;
  let proxy: TcpProxy = await createTcpProxy(redis);
  let wanted: Link = 'open';
  let running: Running | undefined;
  let hasTable = false;
  const proxies = [proxy];
  const ghosts: Promise<unknown>[] = [];
  const logs: (() => Record<string, unknown>[])[] = [];
  const launch = real ? asProcess : inProcess(() => proxy.set('cut'), ghosts);

  function link(mode: Link): void {
    wanted = mode;
    proxy.slow(mode === 'slow' ? SLOW_MS : 0);
    proxy.set(mode === 'slow' ? 'open' : mode);
  }

  return {
    name,
    get dataDir() {
      return dataDir;
    },
    get up() {
      return running !== undefined;
    },
    log: () => logs.flatMap((lines) => lines()),
    get hasTable() {
      return hasTable;
    },
    async start() {
      const started = await launch(dataDir, proxy.url);
      logs.push(started.log);
      hasTable = (await fetch(`${started.url}/readyz`)).ok;
      running = started;
    },
    async stop() {
      const ending = running;
      running = undefined;
      await ending?.stop();
    },
    async kill() {
      const ending = running;
      running = undefined;
      if (!ending) return;
      dataDir = await ending.kill();
      if (real) return;
      // The one before is cut off for ever, whatever becomes of the network.
      proxy = await createTcpProxy(redis);
      proxies.push(proxy);
      link(wanted);
    },
    link,
    loseAnswerTo(text) {
      wanted = 'half-open';
      proxy.loseAnswerTo(text);
    },
    async ask(method, path, body, headers = {}) {
      if (!running) throw new TypeError('it does not run');
      const { url } = running;
      return readAnswer(await fetch(url + path, { method, headers: { authorization: `Bearer ${adminKey}`, ...headers }, signal: AbortSignal.timeout(PATIENCE_MS), ...(body === undefined ? {} : { body }) }));
    },
    async close() {
      await running?.stop();
      running = undefined;
      await Promise.all(ghosts);
      for (const one of proxies) {
        one.set('cut');
        await one.close();
      }
    },
  };
}
