/** What is installed, from where, and what it may do by being installed; and that CI asks for known vulnerabilities. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { filesOf, read, ROOT, tableOf } from '../support/tree.ts';

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
}
const manifest = JSON.parse(read('package.json')) as { dependencies: Record<string, string>; devDependencies: Record<string, string>; scripts: Record<string, string> };
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== '');

test('every package is locked to a version and to its content', () => {
  expect(locked.length).toBeGreaterThan(100);
  for (const [path, { version, integrity }] of locked) {
    expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
    expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  }
});

test('none comes from a folder, from git or from an address of its own', () => {
  // The registry is not named in the lock file (`omit-lockfile-registry-resolved`), so whatever is named is something else.
  expect(locked.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([path]) => path)).toEqual([]);
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) expect(range, name).toMatch(/^[\^~]?\d+\.\d+\.\d+$/);
});

test('no package runs a script when it is installed; those that would are known to work without', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  const WITHOUT = ['node_modules/lmdb', 'node_modules/msgpackr-extract'];
  expect(locked.filter(([path, { hasInstallScript }]) => hasInstallScript && !WITHOUT.includes(path)).map(([path]) => path)).toEqual([]);
  // With `ignore-scripts` npm runs none of ours before or after another either.
  expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)|^(?:un)?install$|^prepare$/.test(name))).toEqual([]);
  // What installs in the image has the file that says so.
  expect(read('Dockerfile')).toMatch(/^COPY package\.json package-lock\.json \.npmrc /m);
});

test('the page tells what each that runs in production is for, and all of them are used', () => {
  const rows = tableOf(read('docs/dependencies.md'), 'package');
  expect(rows.map(([name = '']) => name.replaceAll('`', '')).toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
  for (const [name, why = ''] of rows) expect(why.length, name).toBeGreaterThan(5);
  const program = ['src', 'rules', 'workers'].flatMap((folder) => [...filesOf(folder), ...filesOf(folder, '.mjs')]).map(read).join('\n');
  for (const name of Object.keys(manifest.dependencies)) expect(program.includes(`'${name}'`) || program.includes(`'${name}/`), name).toBe(true);
});

const folder = mkdtempSync(join(tmpdir(), 'rt-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The audit with a registry that answers so. */
function audit(answer: unknown, status: number, environment: Record<string, string> = {}): { status: number | null; said: string } {
  writeFileSync(join(folder, 'answer'), typeof answer === 'string' ? answer : JSON.stringify(answer));
  const npm = join(folder, 'npm');
  writeFileSync(npm, `#!/bin/sh\n[ "$1" = audit ] || exit 9\ncat '${folder}/answer'\nexit ${status}\n`);
  chmodSync(npm, 0o755);
  const ran = spawnSync(process.execPath, [join(ROOT, 'scripts/audit.mjs')], { encoding: 'utf8', env: { PATH: `${folder}:${process.env.PATH}`, ...environment } });
  return { status: ran.status, said: ran.stdout };
}

test('the audit fails on what is known to be bad, and says plainly when nobody was asked', () => {
  const report = (vulnerabilities: object) => ({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total: Object.keys(vulnerabilities).length } } });
  const bad = { name: 'left-pad', severity: 'critical', range: '<1.0.1' };
  expect(audit(report({}), 0)).toEqual({ status: 0, said: expect.stringContaining('no known vulnerability') as string });
  expect(audit(report({ 'left-pad': { ...bad, severity: 'low' } }), 0)).toMatchObject({ status: 0 });
  expect(audit(report({ 'left-pad': bad }), 1)).toEqual({ status: 1, said: expect.stringContaining('left-pad <1.0.1 (critical)') as string });
  for (const nothing of [{ error: { summary: '405' } }, '', 'npm error']) {
    expect(audit(nothing, 1)).toEqual({ status: 0, said: expect.stringContaining('NOT DONE') as string });
    expect(audit(nothing, 1, { AUDIT: 'required' })).toMatchObject({ status: 1 });
  }
});

test('CI asks', () => {
  expect(read('.ci/run')).toMatch(/^node scripts\/audit\.mjs \|\| status=1$/m);
});
