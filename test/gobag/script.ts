/** Runs a go-bag's script with the shell and curl of this machine. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  output: string;
  errors: string;
}

export interface Script {
  dir: string;
  /** `env` beside what a shell needs. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
  close(): Promise<void>;
}

export function runScript(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn('sh', [file, ...args], { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ran = { code: null as number | null, output: '', errors: '' };
  child.stdout.on('data', (piece: Buffer) => { ran.output += piece.toString(); });
  child.stderr.on('data', (piece: Buffer) => { ran.errors += piece.toString(); });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ran, code }));
  });
}

export async function putScript(text: string): Promise<Script> {
  const dir = await mkdtemp(join(tmpdir(), 'rt gobag-'));
  const file = join(dir, 'gobag.sh');
  await writeFile(file, text);
  await chmod(file, 0o700);
  return { dir, run: (args, env) => runScript(file, args, env), close: () => rm(dir, { recursive: true, force: true }) };
}
