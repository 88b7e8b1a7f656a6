/** The set-up does what is missing and nothing else, in a copy of this tree. What it installs from the network is for CI to see. */
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), 'rt-setup-'));
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src/domain']) await cp(join(ROOT, path), join(tree, path), { recursive: true });
  // A folder of its own, for npm to empty if it came to that.
  await mkdir(join(tree, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) await symlink(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name));
});
afterEach(() => rm(tree, { recursive: true, force: true }));

interface Outcome {
  code: number | null;
  lines: string[];
}

function setUp(command: string, env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [join(tree, 'scripts/setup.mjs'), command], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, lines: output.split('\n').filter((line) => line !== '') }));
  });
}

/** A PATH on which these programs, shell scripts, are all there is. */
async function pathWith(programs: Record<string, string>): Promise<string> {
  const bin = join(tree, 'bin-for-test');
  await mkdir(bin);
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

test('a second run does and says nothing; a change builds again, and what has no source any more is removed', async () => {
  await mkdir(join(tree, 'src/store/commands'), { recursive: true });
  await writeFile(join(tree, 'src/store/commands/commit-1.lua'), 'return 1');
  await writeFile(join(tree, 'src/domain/extra.ts'), 'export const extra = 1;\n');
  expect(await setUp('build')).toEqual({ code: 0, lines: ['Building'] });
  expect(existsSync(join(tree, 'dist/src/domain/errors.js'))).toBe(true);
  expect(await readFile(join(tree, 'dist/src/store/commands/commit-1.lua'), 'utf8')).toBe('return 1');
  expect(await setUp('build')).toEqual({ code: 0, lines: [] });

  await writeFile(join(tree, 'src/store/commands/commit-1.lua'), 'return 2');
  await rm(join(tree, 'src/domain/extra.ts'));
  await writeFile(join(tree, 'dist/stale.js'), '');
  expect(await setUp('build')).toEqual({ code: 0, lines: ['Building'] });
  expect(await readFile(join(tree, 'dist/src/store/commands/commit-1.lua'), 'utf8')).toBe('return 2');
  expect(['extra.js', 'extra.js.map'].filter((name) => readdirSync(join(tree, 'dist/src/domain')).includes(name))).toEqual([]);
  expect(existsSync(join(tree, 'dist/stale.js'))).toBe(false);
});

test('a build that fails shows why, and is tried again next time', async () => {
  await writeFile(join(tree, 'src/domain/extra.ts'), "export const extra: number = 'text';\n");
  for (const _ of [1, 2]) {
    const { code, lines } = await setUp('build');
    expect(code).toBe(1);
    expect(lines.join('\n')).toMatch(/extra\.ts.*not assignable[\s\S]*The build failed\./);
    expect(lines.join('\n')).not.toContain('TSFILE');
  }
});

test('of several at once, one does the work and the others wait for it', async () => {
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => setUp('build')));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(outcomes.flatMap(({ lines }) => lines).filter((line) => line === 'Building')).toHaveLength(1);
  expect(readdirSync(join(tree, 'dist')).filter((name) => name.startsWith('.setup.lock'))).toEqual([]);
});

test('the lock of a set-up that died is taken over', async () => {
  await mkdir(join(tree, 'dist/.setup.lock'), { recursive: true });
  // No process has the highest id that Linux can give (proc(5), pid_max).
  await writeFile(join(tree, 'dist/.setup.lock/4194304-1'), '');
  expect(await setUp('build')).toEqual({ code: 0, lines: ['Building'] });
});

test('without a redis-server and a way to install one, it names the ways', async () => {
  const PATH = await pathWith({});
  const { code, lines } = await setUp('test', { PATH, REDIS_SERVER_BIN: '' });
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(/redis-server 6\.2 or newer is needed; none was found[\s\S]*REDIS_URL[\s\S]*REDIS_SERVER_BIN[\s\S]*apt-get[\s\S]*brew[\s\S]*docker compose/);
});

test('start with a REDIS_URL needs no redis-server; test does all the same', async () => {
  const PATH = await pathWith({});
  expect((await setUp('start', { PATH, REDIS_SERVER_BIN: '', REDIS_URL: 'redis://elsewhere' })).code).toBe(0);
  expect((await setUp('test', { PATH, REDIS_SERVER_BIN: '', REDIS_URL: 'redis://elsewhere' })).code).toBe(1);
});

test('a redis-server that is too old is named as such, and one that was asked for is not replaced', async () => {
  const old = "echo 'Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc bits=64'";
  const PATH = await pathWith({ 'redis-server': old, brew: `echo "$@" >> ${tree}/brewed` });
  expect((await setUp('test', { PATH, REDIS_SERVER_BIN: '' })).lines.join('\n')).toContain('redis-server is 6.0');
  expect(await readFile(join(tree, 'brewed'), 'utf8')).toBe('--version\ninstall --quiet redis\n');
  await rm(join(tree, 'brewed'));
  const named = await setUp('test', { PATH, REDIS_SERVER_BIN: join(PATH, 'redis-server') });
  expect(named.lines.join('\n')).toMatch(/REDIS_SERVER_BIN does not lead to a redis-server 6\.2 or newer/);
  expect(existsSync(join(tree, 'brewed'))).toBe(false);
});

test('what tests and benchmarks run besides is named when it is missing', async () => {
  const PATH = await pathWith({ 'redis-server': "echo 'Redis server v=7.0.0 sha=00000000:0 malloc=jemalloc bits=64'", openssl: 'echo OpenSSL 3' });
  for (const [command, said] of [['test', /^For the tests curl must be there.*apt-get install curl$/], ['bench', /^For the benchmarks wrk must be there.*apt-get install wrk$/]] as const) {
    const { code, lines } = await setUp(command, { PATH, REDIS_SERVER_BIN: '' });
    expect([code, lines.at(-1)]).toEqual([1, expect.stringMatching(said)]);
  }
});

test('an unknown command is refused', async () => {
  expect(await setUp('strat')).toEqual({ code: 1, lines: ['Usage: node scripts/setup.mjs start|demo|test|bench|build'] });
});
