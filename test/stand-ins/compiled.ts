/** Compiles the stand-ins into a folder of its own, so that a test can run one as a process on any supported Node. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Compiled {
  path(file: string): string;
  remove(): void;
}

export function compileStandIns(): Compiled {
  const root = resolve(import.meta.dirname, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'stand-ins-'));
  const settings = { extends: join(root, 'tsconfig.json'), compilerOptions: { rootDir: root, outDir: folder, types: [], noCheck: true, sourceMap: false }, include: [join(root, 'stand-ins/pbx/main.ts')] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'pipe' });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return { path: (file) => join(folder, file), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
