/** The command as it is started: bin/ringthrough.js, its streams and its exit code. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliRig, NUMBER } from './service.ts';
import type { Ran } from './terminal.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/ringthrough.js');
const rig = cliRig();

/** `environment` is all there is besides PATH. The reader may stop after so many bytes. */
function start(program: string, argv: readonly string[], { environment = {}, input = '', readBytes = Number.POSITIVE_INFINITY }: { environment?: Record<string, string>; input?: string; readBytes?: number } = {}): Promise<Ran & { signal: NodeJS.Signals | null }> {
  const { PATH } = process.env;
  const child = spawn(program, argv, { env: { PATH, ...environment } as unknown as NodeJS.ProcessEnv, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.length >= readBytes) child.stdout.destroy();
  });
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ exit: code ?? -1, output, errors, signal }));
  });
}

const environment = () => ({ RINGTHROUGH_URL: rig.service.url, RINGTHROUGH_KEY: rig.service.adminKey });

it('reads, writes and ends as it says (is dist/ built? npm run build)', async () => {
  const put = await start(PROGRAM, ['put', 'numbers', '+442079460124'], { environment: environment(), input: '{"customer":"acme","primary":"pbx","carrier":"main"}' });
  expect(put).toMatchObject({ exit: 0, errors: '', output: expect.stringMatching(/^Stored:\n/) });
  expect(await start(PROGRAM, ['import', '-', '--wait'], { environment: environment(), input: 'number,customer,primary,carrier\n+1,acme,pbx,main\n' })).toMatchObject({ exit: 4, errors: '' });
  expect(await start(PROGRAM, ['divert', 'nowhere', '--reason', 'x'], { environment: environment() })).toMatchObject({ exit: 1, output: '', errors: 'error (not_found): No such primary\n' });
  expect(JSON.parse((await start(PROGRAM, ['get', 'numbers', NUMBER, '--json'], { environment: environment() })).output)).toMatchObject({ number: NUMBER });
});

it('ends quietly when its reader has had enough', async () => {
  const rows = Array.from({ length: 4000 }, (_, at) => `+44207947${String(at).padStart(4, '0')},acme,pbx,main\n`).join('');
  await rig.cli(['import', '-', '--wait'], { input: `number,customer,primary,carrier\n${rows}` });
  expect(await start(PROGRAM, ['export', 'numbers'], { environment: environment(), readBytes: 10 })).toMatchObject({ exit: 0, errors: '', signal: null });
});

it('says how to build it when it is not built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rt-bin-'));
  await mkdir(join(folder, 'bin'));
  const copy = join(folder, 'bin/ringthrough.mjs');
  await copyFile(PROGRAM, copy);
  const { exit, errors } = await start(copy, ['status']);
  await rm(folder, { recursive: true, force: true });
  expect([exit, errors]).toEqual([2, expect.stringContaining('npm run build')]);
});
