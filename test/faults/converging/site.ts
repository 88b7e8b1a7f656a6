/** Three processes on one Redis, each with a network of its own between; and how all that was broken is mended. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { keys } from '../../../src/store/keys.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { ADMIN_KEY } from '../../support/service.ts';
import { AUTH_TOKEN } from '../../support/webhooks.ts';
import { ACCOUNT, openWorld, put } from '../../support/world.ts';
import { createMember, type Member } from './member.ts';
import { NUMBERS } from './requests.ts';

export const MEMBERS = [0, 1, 2] as const;

/** - `hanging`: SIGSTOP; - `gone`: killed; - `full` and `read-only`: it can be read and takes no writes */
export type RedisIs = 'there' | 'hanging' | 'gone' | 'full' | 'read-only';

export interface Site {
  readonly redis: TestRedis;
  readonly members: readonly Member[];
  /** From `there` to anything else, and from anything else to `there`. */
  redisIs(next: RedisIs): Promise<void>;
  /** Directly to Redis, which must answer. */
  atRedis<T>(work: (client: Redis) => Promise<T>): Promise<T>;
  /** All faults are gone, all processes run, and all are in step with nothing left on their disks. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** What every record says in the beginning that tells its values apart. */
export const FIRST_VALUE = 'V0';

/** What is there all the time, and the records that come and go: ./requests.ts names them. */
async function putFixture(redis: TestRedis, home: string): Promise<void> {
  const token = join(home, 'token');
  await writeFile(token, AUTH_TOKEN);
  const { store, close } = await openWorld(redis.url);
  await put(store, 'customers', 'fixed', { name: 'Fixed' });
  await put(store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: `file:${token}` } });
  await put(store, 'primaries', 'fixed', { kind: 'pbx', target: 'sip:{number}@fixed.example.net' });
  for (const letter of ['a', 'b']) {
    await put(store, 'customers', `customer-${letter}`, { name: FIRST_VALUE });
    await put(store, 'plans', `plan-${letter}`, { name: FIRST_VALUE, destinations: [{ to: 'voicemail' }] });
    await put(store, 'primaries', `primary-${letter}`, { name: FIRST_VALUE, kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
    await put(store, 'carriers', `carrier-${letter}`, { name: FIRST_VALUE, kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:NONE' } });
  }
  for (const number of NUMBERS) await put(store, 'numbers', number, { customer: 'customer-a', primary: 'primary-a', carrier: 'main', plan: 'plan-a', carrierRef: FIRST_VALUE });
  await close();
}

export async function openSite(options: { real: boolean }): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), 'rt-converging-'));
  const redis = await startTestRedis();
  await putFixture(redis, home);
  const members = await Promise.all(MEMBERS.map(async (at) => {
    const dataDir = join(home, `data-${at}`);
    await mkdir(dataDir);
    return createMember({ name: `process ${at}`, dataDir, redis: redis.url, adminKey: ADMIN_KEY, real: options.real });
  }));
  await Promise.all(members.map((member) => member.start()));
  let is: RedisIs = 'there';

  async function atRedis<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(redis.url);
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  async function redisIs(next: RedisIs): Promise<void> {
    if (next === 'hanging') await redis.kill('SIGSTOP');
    if (next === 'gone') await redis.kill();
    if (next === 'full') await atRedis((client) => client.config('SET', 'maxmemory', '1'));
    if (next === 'read-only') await atRedis((client) => client.call('REPLICAOF', '127.0.0.1', '1'));
    if (next === 'there' && is === 'hanging') await redis.kill('SIGCONT');
    if (next === 'there' && is === 'gone') await redis.restart();
    if (next === 'there' && is === 'full') await atRedis((client) => client.config('SET', 'maxmemory', '0'));
    if (next === 'there' && is === 'read-only') await atRedis((client) => client.call('REPLICAOF', 'NO', 'ONE'));
    is = next;
  }

  /** What a process says of itself, and how many commits it is behind. */
  async function saysOf(member: Member): Promise<unknown> {
    const { status, revision, spooled, setAside } = (await member.ask('GET', '/readyz')).body;
    // It may follow the changes and not be able to ask yet: those are two connections.
    const { status: reads } = await member.ask('GET', '/v1/provider');
    const newest = Number(await atRedis((client) => client.get(keys.revision)));
    return { is: member.name, status, reads, behind: newest - Number(revision), spooled, setAside };
  }

  return {
    redis,
    members,
    redisIs,
    atRedis,
    async mend() {
      if (is !== 'there') await redisIs('there');
      for (const member of members) member.link('open');
      await Promise.all(members.filter(({ up }) => !up).map((member) => member.start()));
      for (const member of members) {
        await expect.poll(() => saysOf(member), { timeout: 40_000, interval: 10 }).toEqual({ is: member.name, status: 'ok', reads: 200, behind: 0, spooled: 0, setAside: 0 });
      }
    },
    async close() {
      if (is === 'hanging') await redis.kill('SIGCONT');
      await Promise.all(members.map((member) => member.close()));
      await redis.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
