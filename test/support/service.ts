/** A complete service on a test's own Redis, listening on a free port; with what a test asks of it. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createService, type Service } from '../../src/compose.ts';
import { readSettings, type Settings } from '../../src/config/settings.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { createKeptLog } from './kept-log.ts';
import { logWatch } from './log-watch.ts';
import type { TestRedis } from './redis.ts';

/** Origin at which carriers reach the service, as they see it: give a stand-in `origins` that lead from here to `url`. */
export const PUBLIC_BASE_URL = 'https://calls.example.net';
export const ADMIN_KEY = 'rt_admin-key-of-the-tests';
const SECRET_KEY = '5e'.repeat(32);

export interface Answer<B> {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else the text. */
  body: B;
}

export interface RunningService extends Pick<Service, 'app' | 'follower'> {
  /** Where it listens. */
  url: string;
  publicBaseUrl: string;
  adminKey: string;
  system: System;
  settings: Settings;
  /** What it has logged. */
  lines: string[];
  /** With the admin key unless another is given; `null` is none. A string is sent as it is, anything else as JSON. */
  request<B = Record<string, unknown>>(method: string, path: string, body?: unknown, key?: string | null, headers?: Record<string, string>): Promise<Answer<B>>;
  /** The same, for what must succeed: its body. */
  ask<B = Record<string, unknown>>(method: string, path: string, body?: unknown, key?: string | null): Promise<B>;
  close(): Promise<void>;
}

export interface StartOptions {
  /** Where Redis is reached, and a folder for what belongs to this test. */
  redis: Pick<TestRedis, 'url' | 'dir'>;
  settings?: Partial<Settings>;
  /** Default PUBLIC_BASE_URL. */
  publicBaseUrl?: string;
  system?: Partial<System>;
}

export async function startService({ redis, settings: given, publicBaseUrl = PUBLIC_BASE_URL, system: parts }: StartOptions): Promise<RunningService> {
  // A folder of its own for each, as processes have; it goes with Redis's.
  const dataDir = given?.DATA_DIR ?? (await mkdtemp(join(redis.dir, 'data-')));
  const settings: Settings = { ...readSettings({ DATA_DIR: dataDir, SECRET_KEY, RINGTHROUGH_ADMIN_KEY: ADMIN_KEY }), ...given };
  const system: System = { ...realSystem, ...parts };
  logWatch.secretsOfEnvironment(settings);
  const { log, lines } = createKeptLog();
  const service = await createService({ settings, redisUrl: redis.url, publicBaseUrl, version: '0.0.0-test', log, system });
  await service.start();
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 });

  async function request<B>(method: string, path: string, body?: unknown, key: string | null = ADMIN_KEY, headers: Record<string, string> = {}): Promise<Answer<B>> {
    logWatch.secretsOf(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
    const read = json && text !== '' ? (JSON.parse(text) as unknown) : text;
    logWatch.secretsOf(read);
    return { status: response.status, headers: response.headers, body: read as B };
  }

  return {
    app: service.app,
    follower: service.follower,
    url,
    publicBaseUrl,
    adminKey: ADMIN_KEY,
    system,
    settings,
    lines,
    request,
    async ask<B>(method: string, path: string, body?: unknown, key?: string | null) {
      const answer = await request<B>(method, path, body, key);
      if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    close: () => service.close(2000),
  };
}
