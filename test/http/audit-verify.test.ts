/** The check of the audit trail over the API and by the command line: what was done to it in Redis is named. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { ringthrough, type Ran } from '../cli/terminal.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { openWorld, type World } from '../support/world.ts';

let redis: TestRedis;
let service: RunningService;
let world: World;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.flush();
  service = await startService({ redis, settings: { WORKERS: 'off' } });
  world = await openWorld(redis.url);
  for (const id of ['a', 'b', 'c', 'd']) await service.ask('PUT', `/v1/customers/${id}`, { name: id });
});
afterEach(async () => {
  await world.close();
  await service.close();
});

interface Check {
  intact: boolean;
  checked: number;
  fault?: { id: string; why: string };
  head: { id: string; hash: string };
  next?: string;
}
const verify = (query = ''): Promise<Check> => service.ask<Check>('GET', `/v1/audit/verify${query}`);
const idOf = async (customer: string): Promise<string> => {
  const { items } = await service.ask<{ items: { id: string; changes: { subject: string }[] }[] }>('GET', '/v1/audit');
  return items.find(({ changes }) => changes[0]?.subject === `customers/${customer}`)?.id ?? '';
};

test('what nobody touched is intact; what was deleted is named by the entry after it', async () => {
  // Four customers and the first key.
  expect(await verify()).toMatchObject({ intact: true, checked: 5, unchained: 0, head: { id: await idOf('d') } });
  const after = await idOf('c');
  await world.redis.xdel(keys.audit, await idOf('b'));
  expect(await verify()).toMatchObject({ intact: false, fault: { id: after, why: 'gap' } });
});

test('a head that the log told is a witness for as long as the trail is the same', async () => {
  const line = service.lines.map((text) => JSON.parse(text) as { msg: string; head: string }).find(({ msg }) => msg === 'the head of the audit trail');
  const [id] = (line?.head ?? '').split(':');
  expect((await verify(`?witness=${line?.head}`)).intact).toBe(true);
  expect(await verify(`?witness=${id}:${'a'.repeat(40)}`)).toMatchObject({ intact: false, fault: { id, why: 'witness' } });
  expect((await service.request('GET', '/v1/audit/verify?witness=1-0')).status).toBe(400);
});

test('a cursor goes on where the answer before ended', async () => {
  const [first] = await world.redis.xrange(keys.audit, '-', '+', 'COUNT', 1);
  const [id = '', fields = []] = first ?? [];
  const from = (hash: string): string => `?cursor=${Buffer.from(JSON.stringify([id, hash])).toString('base64url')}`;
  expect(await verify(from(fields[9] ?? ''))).toMatchObject({ intact: true, checked: 4 });
  expect((await verify(from('b'.repeat(40)))).fault?.why).toBe('gap');
  expect((await service.request('GET', `/v1/audit/verify?cursor=${Buffer.from('["x","y"]').toString('base64url')}`)).body).toMatchObject({ code: 'cursor_invalid' });
});

const cli = (...argv: string[]): Promise<Ran> => ringthrough(argv, { url: service.url, key: service.adminKey });

test('the command line says the same, and ends with 1 when something does not fit', async () => {
  const good = await cli('audit', 'verify');
  expect(good).toMatchObject({ exit: 0, output: expect.stringMatching(/^The audit trail is as it was written: 5 entries checked\.\nHead: \d+-0:[0-9a-f]{40}\n$/) });
  const head = /Head: (\S+)/.exec(good.output)?.[1] ?? '';
  expect((await cli('audit', 'verify', '--witness', head)).exit).toBe(0);
  expect((await cli('audit', 'verify', '--witness', 'x')).exit).toBe(2);
  const last = await idOf('d');
  await world.redis.xdel(keys.audit, last);
  const bad = await cli('audit', 'verify');
  expect(bad).toMatchObject({ exit: 1, errors: expect.stringContaining(`The first entry that does not fit is ${last}: `) });
  const machine = await cli('audit', 'verify', '--json');
  expect([machine.exit, JSON.parse(machine.output)]).toMatchObject([1, { intact: false, checked: 4, fault: { id: last, why: 'end' } }]);
});
