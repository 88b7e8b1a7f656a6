/** `ringthrough gobag`: the files that a real service has written. */
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runScript } from '../gobag/script.ts';
import { cliRig, NUMBER } from './service.ts';

const rig = cliRig({ GOBAG_SECONDS: 1 });

it('fetches both files, for nobody else to read, and the script runs', async () => {
  await rig.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
  const dir = await mkdtemp(join(rig.redis.dir, 'out-'));
  const out = join(dir, 'bag');
  await expect.poll(async () => (await rig.cli(['gobag', '--out', out])).exit, { timeout: 20_000 }).toBe(0);
  expect((await readdir(out)).sort()).toEqual(['gobag.json', 'gobag.sh']);
  expect((await stat(join(out, 'gobag.json'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(out, 'gobag.sh'))).mode & 0o777).toBe(0o700);
  expect(JSON.parse(await readFile(join(out, 'gobag.json'), 'utf8'))).toMatchObject({ gobag: 1 });
  expect(await runScript(join(out, 'gobag.sh'), ['list'])).toMatchObject({ code: 0, errors: '' });
  expect(await rig.json(['gobag'])).toMatchObject({ gobag: 1 });
  await expect.poll(async () => (await rig.json(['gobag'])) as object, { timeout: 20_000 }).toMatchObject({ count: { cannot: 1 } });
});

it('says when there is none, or it cannot be put there', async () => {
  expect(await rig.cli(['gobag', '--out', '/dev/null/bag'])).toMatchObject({ exit: expect.any(Number) as number, errors: expect.stringMatching(/not_found|no such folder/) as string });
});
