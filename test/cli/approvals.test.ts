/** Changes that wait for a second admin, over the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { NUMBER, putSample } from './service.ts';
import { ringthrough, type Ran } from './terminal.ts';

let redis: TestRedis;
let service: RunningService;
let folder: string;
let bob: string;
beforeAll(async () => {
  redis = await startTestRedis();
  folder = await mkdtemp(join(tmpdir(), 'rt-cli-'));
  await writeFile(join(folder, 'policy.yaml'), 'destinations: {approval: {numbers: 1}}\n');
  // Long after the keys are made.
  let now = 1_795_348_800_000;
  service = await startService({ redis, settings: { POLICY_FILE: join(folder, 'policy.yaml') }, system: { clock: { now: () => now } } });
  await putSample(service);
  bob = String((await service.ask('PUT', '/v1/keys/bob', { role: 'admin' }))['key']);
  now += 7_200_000;
});
afterAll(async () => {
  await service.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

const cli = (argv: readonly string[], key = service.adminKey, input?: string): Promise<Ran> => ringthrough(argv, { url: service.url, key, ...(input === undefined ? {} : { input }) });
const idIn = (output: string): string => /approvals approve (\S+)/.exec(output)?.[1] ?? '';
const put = (): Promise<Ran> => cli(['put', 'plans', 'desk'], undefined, '{"customer":"acme","destinations":[{"to":"+447400123457"}]}');

it('says that it waits and how to go on, lists it, and makes it when another approves', async () => {
  const { exit, output } = await put();
  expect([exit, output]).toEqual([5, expect.stringMatching(/^Not in force: plans\/desk would lead 1 number elsewhere, and waits for a second admin until /)]);
  const id = idIn(output);
  const listed = await cli(['approvals', 'list'], bob);
  expect(listed.output).toContain('plans/desk');
  expect(listed.output).toContain('destinations[0].to           +447400123456 → +447400123457');
  expect(await cli(['approvals', 'approve', id])).toMatchObject({ exit: 1, errors: expect.stringContaining('error (approval_own)') });
  expect(await cli(['approvals', 'approve', id], bob)).toMatchObject({ exit: 0, output: 'Approved, and in force: plans/desk leads 1 number elsewhere.\n' });
  expect((await cli(['approvals', 'list'])).output).toBe('Nothing waits for approval.\n');
  expect((await cli(['get', 'approvals', id])).output).toMatch(/^state +approved$/m);
});

it('is refused, and a removal waits too', async () => {
  const { exit, output } = await cli(['delete', 'numbers', NUMBER]);
  expect(exit).toBe(5);
  expect((await cli(['approvals', 'refuse', idIn(output)])).output).toBe(`Refused: nothing of the change of numbers/${NUMBER} is done.\n`);
  expect((await service.request('GET', `/v1/numbers/${NUMBER}`)).status).toBe(200);
});

it('an import waits too, and says who approves it', async () => {
  const file = join(folder, 'numbers.csv');
  await writeFile(file, `number,customer,primary,carrier,plan\n${NUMBER},acme,pbx,main,\n`);
  const { exit, output } = await cli(['import', file, '--wait']);
  const id = idIn(output);
  expect([exit, output]).toEqual([5, expect.stringContaining(`Nothing of it is taken: import ${id} would lead 1 number elsewhere, and waits for a second admin until `)]);
  expect((await cli(['approvals', 'approve', id], bob)).output).toBe(`Approved: imports/${id} is taken in the background.\n`);
});
