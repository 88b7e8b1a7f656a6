/** The service as a process of its own, started from dist/, for tests that kill it. Whatever a test leaves behind is ended and removed after it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { identifyProcess } from '../../src/store/process-identity.ts';
import { logWatch } from './log-watch.ts';
import { AUTH_TOKEN, type SignedWebhook } from './webhooks.ts';

export const PUBLIC_BASE_URL = 'https://calls.example.net';
export const ADMIN_KEY = 'rt_admin-key-of-the-tests';
const DIST = join(import.meta.dirname, '../../dist');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else the text. */
  body: unknown;
}

export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Where it listens; empty before it does. */
  readonly url: string;
  /** Its log so far, parsed. */
  readonly log: Record<string, unknown>[];
  readonly stderr: string;
  /** What it wrote on standard output besides the log. */
  readonly plain: string;
  readonly ended: Promise<Ended>;
  /** Resolves once it listens; rejects when it ends before. */
  answering(): Promise<void>;
  /** Sends a signal and waits until the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** With the admin key. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  post(webhook: SignedWebhook): Promise<Answer>;
}

const dataDirs: string[] = [];
const children: ChildProcess[] = [];

export async function newDataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rt-fault-'));
  dataDirs.push(dir);
  return dir;
}

/** The id of the redis-server that has the data of this folder, 0 when there is none. */
export function redisPid(dataDir: string): number {
  const file = join(dataDir, 'redis', 'redis.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return identifyProcess(pid) ? pid : 0;
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  for (const dir of dataDirs.splice(0)) {
    const pid = redisPid(dir);
    if (pid > 0) process.kill(pid, 'SIGKILL');
    await expect.poll(() => redisPid(dir)).toBe(0);
    await rm(dir, { recursive: true, force: true });
  }
});

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: json ? (JSON.parse(text) as unknown) : text };
}

/** `environment` on top of what every test needs; a variable set to undefined is not set. */
export function launchService(dataDir: string, environment: Record<string, string | undefined> = {}, program = 'src/server.js'): ServiceProcess {
  const { PATH, HOME, REDIS_SERVER_BIN } = process.env;
  const given = { PATH, HOME, REDIS_SERVER_BIN, DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '0', PUBLIC_BASE_URL, RINGTHROUGH_ADMIN_KEY: ADMIN_KEY, TOKEN_OF_TESTS: AUTH_TOKEN, ...environment };
  logWatch.secretsOfEnvironment(given);
  const child = spawn(process.execPath, [join(DIST, program)], { env: given, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const log: Record<string, unknown>[] = [];
  let stderr = '';
  let plain = '';
  let rest = '';
  let url = '';
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const listening = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('{')) {
          plain += `${line}\n`;
          continue;
        }
        logWatch.saw(line);
        const entry = JSON.parse(line) as Record<string, unknown>;
        log.push(entry);
        if (typeof entry['address'] !== 'string') continue;
        url = entry['address'];
        resolve();
      }
    });
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    logWatch.saw(chunk.toString());
  });

  return {
    child,
    pid: child.pid ?? 0,
    get url() {
      return url;
    },
    log,
    get stderr() {
      return stderr;
    },
    get plain() {
      return plain;
    },
    ended,
    async answering() {
      const early = await Promise.race([listening, ended]);
      if (early) throw new Error(`the service ended at its start (${early.signal ?? `code ${early.code}`}); is dist/ built (npm run build)?\n${stderr}`);
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
    async request(method, path, body, headers = {}) {
      logWatch.secretsOf(body);
      const json = body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      return readAnswer(await fetch(url + path, { method, headers: { authorization: `Bearer ${ADMIN_KEY}`, ...json, ...headers }, ...(text === undefined ? {} : { body: text }) }));
    },
    post: async ({ path, headers, body }) => readAnswer(await fetch(url + path, { method: 'POST', headers, body })),
  };
}

/** As `launchService`, once it answers calls. */
export async function startServiceProcess(dataDir: string, environment: Record<string, string | undefined> = {}): Promise<ServiceProcess> {
  const service = launchService(dataDir, environment);
  await service.answering();
  return service;
}

/** Writes what must succeed; returns the answer's body. */
export async function must(answer: Promise<Answer>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  return body as Record<string, unknown>;
}

/** A customer with a plan and a number at a carrier whose secret is `AUTH_TOKEN`, over the API. */
export async function putSampleOver({ request }: Pick<ServiceProcess, 'request'>, number = '+442079460123'): Promise<void> {
  await must(request('PUT', '/v1/customers/acme', { name: 'Acme' }));
  await must(request('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'env:TOKEN_OF_TESTS' } }));
  await must(request('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' }));
  await must(request('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] }));
  await must(request('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' }));
}
