/**
 * Sets the stage in a throw-away folder: the real service as a process with its own redis-server, a stand-in PBX as a
 * process that can be killed, a second PBX, and a stand-in Twilio. Leaves nothing behind.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPbx } from '../stand-ins/pbx/pbx.ts';
import { createTwilio, type Twilio } from '../stand-ins/twilio/twilio.ts';
import { createApi, type Api } from './api.ts';
import { BACKUP_HOST, PHONES, PRIMARY } from './cast.ts';
import { field, startChild, type Child } from './child.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
/** Origin at which the carrier believes the service to be; the stand-in knows where it really listens. */
const PUBLIC_BASE_URL = 'https://calls.example.net';
const TALK_MS = 500;
/** How long the service may take to stop before it is killed, milliseconds. */
const PATIENCE_MS = 8000;

export interface Stage {
  folder: string;
  url: string;
  api: Api;
  twilio: Twilio;
  /** kill -9. */
  killPbx(): Promise<void>;
  startPbx(): Promise<void>;
}

export interface Props {
  /** How many times as fast as real time the telephone network's time passes. */
  timeScale: number;
  /** Where the service's log is kept. */
  logFile: string | undefined;
  /** Called with each thing opened, so that it is closed whatever happens. */
  opened(close: () => Promise<unknown>): void;
}

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function startService({ opened, logFile }: Props, folder: string, adminKey: string, carrierSecret: string): Promise<string> {
  // None of the settings of whoever runs the demo: it must not touch a real installation.
  const { PATH, HOME, REDIS_SERVER_BIN } = process.env;
  const env = {
    PATH, HOME, ...(REDIS_SERVER_BIN === undefined ? {} : { REDIS_SERVER_BIN }), HOST: '127.0.0.1', PORT: '0', PUBLIC_BASE_URL, DATA_DIR: join(folder, 'data'), RINGTHROUGH_ADMIN_KEY: adminKey,
    SHUTDOWN_SECONDS: '5', DEMO_TWILIO_TOKEN: carrierSecret,
  };
  const service = startChild(program('../src/server.js'), [], env);
  if (logFile !== undefined) service.copyTo(logFile);
  opened(async () => {
    service.kill('SIGTERM');
    const timer = setTimeout(() => service.kill('SIGKILL'), PATIENCE_MS);
    await service.ended;
    clearTimeout(timer);
  });
  return service.line((line) => (field(line, 'msg') === 'answering calls' ? String(field(line, 'address')) : undefined));
}

export async function setStage(props: Props): Promise<Stage> {
  const { opened, timeScale } = props;
  const folder = await mkdtemp(join(tmpdir(), 'ringthrough-demo-'));
  opened(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const carrierSecret = randomBytes(16).toString('hex');
  const adminKey = `rt_${randomBytes(24).toString('hex')}`;

  const backup = await createPbx({ talkMs: TALK_MS });
  opened(backup.close);
  let pbx: { process: Child; port: number } | undefined;
  const startPbx = async (): Promise<void> => {
    const child = startChild(program('../stand-ins/pbx/main.js'), [JSON.stringify({ port: pbx?.port ?? 0, talkMs: TALK_MS })], { PATH: process.env['PATH'] });
    pbx = { process: child, port: pbx?.port ?? 0 };
    pbx.port = await child.line((line) => (field(line, 'port') === undefined ? undefined : Number(field(line, 'port'))));
  };
  const killPbx = async (): Promise<void> => {
    pbx?.process.kill('SIGKILL');
    await pbx?.process.ended;
  };
  opened(killPbx);
  await startPbx();

  const url = await startService(props, folder, adminKey, carrierSecret);
  const twilio = await createTwilio({
    accountSid: ACCOUNT, authToken: carrierSecret, timeScale, phones: PHONES, origins: new Map([[PUBLIC_BASE_URL, url]]),
    sipHosts: new Map([[PRIMARY.host, { host: '127.0.0.1', port: pbx?.port ?? 0 }], [BACKUP_HOST, { host: '127.0.0.1', port: backup.port }]]),
  });
  opened(twilio.close);
  return { folder, url, api: createApi(url, adminKey), twilio, killPbx, startPbx };
}
