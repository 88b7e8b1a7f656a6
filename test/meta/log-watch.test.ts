/** The watch over the log of every test: what it finds, that a run fails on it, and that no test logs past it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLeakFinder } from '../support/log-leaks.ts';
import { filesOf, read, ROOT, withoutComments } from '../support/tree.ts';

const SECRET = 'the-token-of-somebody';
/** Its second needs other signs in JSON than it has itself. */
const leaksIn = createLeakFinder({ secrets: new Set([SECRET, 'two\nlines "quoted"']), numbers: new Set(['+442079460123']) });
const leaks = (fields: object): string[] => leaksIn(JSON.stringify({ level: 'info', time: 1_763_780_612_345, msg: 'said', ...fields })).map(({ what }) => what);

test.each([
  ['a known number', { detail: 'call +442079460123 back' }],
  ['in its national form', { detail: 'call 02079460123 back' }],
  ['with blanks', { detail: '+44 (0)20 7946 0123' }],
  ['with strokes and dots', { detail: '020-7946.0123' }],
  ['within an address', { url: '/v1/numbers/%2B442079460123' }],
  ['as a number of JSON', { number: 442079460123 }],
  ['as the name of a field', { inside: { '+442079460123': 1 } }],
  ['deep down', { a: [{ b: { c: ['x', '+442079460123'] } }] }],
  ['another number', { detail: 'to +498912345678' }],
  ['seven digits', { detail: 'to 9460123' }],
  ['the secret', { detail: `with ${SECRET}` }],
  ['the secret in base64', { detail: Buffer.from(SECRET).toString('base64') }],
  ['a secret that JSON writes otherwise', { detail: 'with two\nlines "quoted" in it' }],
  ['the same in an address', { detail: `/x?y=${encodeURIComponent('two\nlines "quoted"')}` }],
  ['a stack that quotes it', { err: { type: 'Error', message: 'x', stack: `Error: ${SECRET}\n at y` } }],
  ['a key of the API', { detail: 'rt_Zm9vYmFyYmF6cXV4Zm9vYmFy' }],
  ['bearer', { detail: 'Bearer abcdefgh' }],
  ['basic', { detail: 'Basic dXNlcjpwYXNz' }],
  ['a password in an address', { redis: 'redis://:hidden@127.0.0.1:6379' }],
  ['with a user', { redis: 'rediss://me:hidden@redis.example.net' }],
  ['a signature', { detail: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=' }],
  ['64 hexadecimal digits', { detail: 'a7'.repeat(32) }],
  ["an account's token", { detail: '0a1b2c3d4e5f60718293a4b5c6d7e8f9' }],
  ['an encrypted secret', { detail: 'enc:v1:AAAA' }],
  ["a subscriber's secret", { detail: 'whsec_C2FVsBQIhrscChlQ' }],
  ['a field of a secret', { inside: { authToken: 'x' } }],
  ['a header', { headers: { Authorization: 'x' } }],
])('it finds %s', (_name, fields) => {
  expect(leaks(fields)).not.toEqual([]);
});

test('it finds them in a line that is no JSON, and shows none in full', () => {
  const found = leaksIn(`Error: ${SECRET} and +442079460123`);
  expect(found).toHaveLength(2);
  expect(JSON.stringify(found)).not.toMatch(/the-token|079460123/);
});

test.each([
  ['a masked number', { number: '+442******123' }],
  ['ids', { requestId: '11111111-2222-4333-8444-555555555555', call: `main:CA${'1'.repeat(32)}`, account: `AC${'0'.repeat(32)}`, import: '20261121t031502123z-12345678', key: 'operator-of-the-day', head: `12-0:${'7'.repeat(40)}` }],
  ['sizes, times and addresses', { bytes: 1_073_741_824, at: '2026-11-22T10:11:12.131Z', address: 'http://127.0.0.1:41234', ms: 12.3456789 }],
  ['what says that it was left out', { REDIS_URL: 'set', SECRET_KEY: 'set', authToken: '(redacted)', password: 'not set' }],
  ['a reference', { detail: 'env:TWILIO_AUTH_TOKEN leads to no secret' }],
])('it lets pass %s', (_name, fields) => {
  expect(leaks(fields)).toEqual([]);
});

/** Runs a file of tests as the whole suite is run, but in a folder where no other test meets it. */
function runOf(program: string): { status: number | null; said: string } {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'dist/log-watch-'));
  try {
    writeFileSync(join(folder, 'one.test.ts'), program);
    writeFileSync(join(folder, 'vitest.config.ts'), `
      import whole from '../../vitest.config.ts';
      const { projects, setupFiles, ...test } = whole.test;
      export default { test: { ...test, setupFiles: setupFiles.map((path) => '${ROOT}/' + path), include: ['one.test.ts'] } };
    `);
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const leaking = (detail: string): string => `
  import { afterAll, expect, test } from 'vitest';
  import { createKeptLog } from '../../test/support/kept-log.ts';
  afterAll(() => createKeptLog().log.info('closed'));
  test('this one logs', () => {
    createKeptLog().log.info({ detail: '${detail}' }, 'a call was sent on');
    expect(1).toBe(1);
  });
  test('the other one', () => { createKeptLog().log.info('nothing to see'); });
`;

test('a run in which one line leaks fails, and names the test and the line, not what leaked', () => {
  const { status, said } = runOf(leaking('sent to +442079460123'));
  expect(said).toContain('The log tells what no log may hold');
  expect(said).toContain('this one logs: the telephone number +442******123 in the line "a call was sent on"');
  expect(said).not.toContain('the other one:');
  expect(said).toMatch(/Tests +2 passed/);
  expect(status).toBe(1);
});

test('a run in which none leaks does not', () => {
  expect(runOf(leaking('sent to +442******123'))).toMatchObject({ status: 0 });
});

test('no test makes a log, or starts a program that has one, but where it is watched', () => {
  const sources = filesOf('test').filter((path) => !path.startsWith('test/bench/')).map((path) => ({ path, program: withoutComments(read(path)) }));
  const having = (form: RegExp): string[] => sources.filter(({ path, program }) => path !== 'test/meta/log-watch.test.ts' && form.test(program)).map(({ path }) => path);
  expect(having(/\bfrom 'pino'/).filter((path) => !/import type [^;]* from 'pino'/.test(read(path)))).toEqual([]);
  // The second is told to say nothing, and the third logs nothing but numbers of lines.
  expect(having(/\bcreateLog\(/)).toEqual(['test/support/kept-log.ts', 'test/support/redis-owner.ts', 'test/system/log-at-the-end.test.ts']);
  expect(read('test/support/redis-owner.ts')).toContain("createLog('silent')");
  expect(having(/\bserver\.js\b|workers\/main\.js\b/).filter((path) => !/launchService/.test(read(path)))).toEqual([]);
  expect(having(/demo\/main\.js/)).toEqual(['test/e2e/demo.test.ts']);
  expect(read('test/e2e/demo.test.ts')).toContain('logWatch.saw(line)');
});
