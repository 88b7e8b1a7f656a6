/** `ringthrough report` through a real service. */
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
