/** `ringthrough gobag`: fetches the go-bag, to be kept where it is at hand when Ringthrough is gone. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { action, type Context, type Shell } from '../context.ts';
import { fileFault } from '../files.ts';
import { say } from '../io.ts';

/** It names every number and where its calls go: nobody else's to read. */
const FILES = [
  { form: 'json', name: 'gobag.json', type: 'application/json', mode: 0o600 },
  { form: 'sh', name: 'gobag.sh', type: 'application/x-sh', mode: 0o700 },
] as const;

async function fetchGobag(context: Context, { out = '.' }: { out?: string }): Promise<void> {
  const { client, io, json } = context;
  if (json) {
    await pipeline(await client.download('/v1/gobag', { accept: 'application/json' }), io.output, { end: false });
    return;
  }
  const paths: string[] = [];
  for (const { form, name, type, mode } of FILES) {
    const body = await client.download('/v1/gobag', { accept: type, query: { form } });
    const path = join(out, name);
    const part = `${path}.part`;
    try {
      await mkdir(out, { recursive: true, mode: 0o700 });
      await rm(part, { force: true });
      await pipeline(body, createWriteStream(part, { flags: 'wx', mode }));
      await chmod(part, mode);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw fileFault(path, error);
    }
    paths.push(path);
  }
  say(io, `Written: ${paths.join(' and ')}`, `Keep them away from here; \`sh ${paths[1] ?? ''} --help\` says how they are used.`);
}

export function addGobag(program: Command, shell: Shell): void {
  program
    .command('gobag')
    .description('fetch what diverts and restores every number by hand, when Ringthrough is gone')
    .option('--out <dir>', 'write to this folder instead of the present one')
    .action(action(shell, fetchGobag));
}
