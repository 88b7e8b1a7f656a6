/** `ringthrough report`, and `simulate --from-diversion`, through a real service. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliRig } from './service.ts';

const { cli, json } = cliRig({ WORKERS: 'off' });

it('puts out what happened in a diversion, the newest where none is named, or writes it to a file of one’s own', async () => {
  expect(await cli(['report'])).toMatchObject({ exit: 2, errors: expect.stringContaining('There has been no diversion') });
  await cli(['divert', 'pbx', '--reason', 'dark']);
  const { exit, output, errors } = await cli(['report']);
  expect([exit, errors]).toEqual([0, '']);
  expect(output).toMatch(/^# Diversion of pbx, \d{4}-\d\d-\d\d\n\n## In short\n\n/);
  expect(output).toContain('by admin: dark\n- **Not over:** it has lasted');
  const { diversion } = (await json(['report', '--primary', 'pbx'])) as { diversion: string };
  expect((await cli(['report', diversion, '--customer', 'acme', '--numbers', 'whole'])).output).toContain('For acme: calls, callers and numbers are its alone.');
  const folder = await mkdtemp(join(tmpdir(), 'rt-report-'));
  const file = join(folder, 'report.md');
  expect(await cli(['report', diversion, '--out', file])).toMatchObject({ exit: 0, output: `Written: ${file}\n` });
  expect(await readFile(file, 'utf8')).toContain('# Diversion of pbx');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await rm(folder, { recursive: true });
  expect(await cli(['report', 'd-none'])).toMatchObject({ exit: 1, errors: expect.stringContaining('not_found') });
});

it('plays a diversion that was with other rules, and saves it as a scenario', async () => {
  await cli(['divert', 'pbx', '--reason', 'dark']);
  const { diversion } = (await json(['report'])) as { diversion: string };
  const folder = await mkdtemp(join(tmpdir(), 'rt-replay-'));
  const file = join(folder, 'yesterday.yaml');
  const played = await cli(['simulate', '--from-diversion', diversion, '--save', file]);
  expect(played).toMatchObject({ exit: 0, errors: `Written: ${file}\n` });
  expect(played.output).toMatch(new RegExp(`^diversion ${diversion} of pbx:\n`));
  expect(played.output).toContain('\nAs it was: diverted at 15:00, and it goes on.\nAssumed, since nobody saw it:\n  ');
  expect(await readFile(file, 'utf8')).toMatch(/^# What was seen of a diversion[^]*\norders:\n {2}- at: 900\n {4}primary: pbx\n {4}says: divert\n/);
  const again = (await json(['simulate', file])) as object;
  expect(await json(['simulate', '--from-diversion', diversion])).toMatchObject({ ...again, recorded: { startedAt: 900, restoredAt: null } });
  for (const argv of [['simulate'], ['simulate', file, '--from-diversion', diversion], ['simulate', file, '--save', file]]) expect((await cli(argv)).exit).toBe(2);
  await rm(folder, { recursive: true });
});
