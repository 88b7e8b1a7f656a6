/** docs/threat-model.md: every defence has a test that is there and is about it, and every row is whole. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { read, ROOT, tableOf } from '../support/tree.ts';

const page = read('docs/threat-model.md');
const rows = tableOf(page, 'actor');

test('every defence names a test that there is', () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const [, tries = '', defence = '', tests = ''] of rows) {
    expect(defence.length, tries).toBeGreaterThan(10);
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');
    expect(named.length, tries).toBeGreaterThan(0);
    for (const path of named) expect(path.endsWith('.test.ts') && existsSync(join(ROOT, path)), path).toBe(true);
  }
});

test('every secret that is a setting is told of', () => {
  const secrets = Object.entries(SETTINGS).filter(([, setting]) => 'secret' in setting).map(([name]) => name);
  const told: Readonly<Record<string, string>> = { REDIS_URL: 'password of Redis', RINGTHROUGH_ADMIN_KEY: 'API keys' };
  for (const name of secrets) expect(page, name).toContain(told[name] ?? name);
});

test('the figure of what is remembered is that of the code', () => {
  expect(page).toContain(/KEPT = ([\d_]+);/.exec(read('src/calls/replay-guard.ts'))?.[1]?.replace('_', ',') ?? 'no figure');
});
