/** The step that compiles the sources into dist/, with the files that the code reads at run time beside them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SetupFault } from './shared.mjs';

/** What decides how the sources are compiled; a change of any means a new build. */
const BUILD_FILES = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/setup/build.mjs'];

export function createBuildStep({ root, say }) {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.build-stamp');
  return {
    done: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(root),
    run() {
      say('Building');
      // Taken before the build: a file changed during it means another build next time.
      const wanted = digest(root);
      rmSync(stamp, { force: true });
      const made = new Set([...compile(root), ...copyAssets(root)]);
      for (const file of filesUnder(dist)) if (!made.has(file)) rmSync(file);
      removeEmptyFolders(dist);
      writeFileSync(stamp, wanted);
    },
  };
}

function sourceFolders(root) {
  const config = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  return config.include.map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
}

function sources(root) {
  return sourceFolders(root).flatMap((folder) => filesUnder(folder)).sort();
}

function digest(root) {
  const hash = createHash('sha256');
  for (const file of [...BUILD_FILES.map((name) => join(root, name)), ...sources(root)]) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Returns the files written. */
function compile(root) {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--listEmittedFiles'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 2], encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new SetupFault(`${stdout.replaceAll(/^TSFILE: .*\n/gm, '')}The build failed.`);
  return [...stdout.matchAll(/^TSFILE: +(.+)$/gm)].map(([, file]) => file);
}

/** Everything beside the TypeScript (scripts, rules, samples) keeps its place relative to the code that reads it. Returns the copies. */
function copyAssets(root) {
  return sources(root).filter((file) => !file.endsWith('.ts')).map((file) => {
    const copy = join(root, 'dist', relative(root, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    return copy;
  });
}

/** All files below a folder, as absolute paths; those whose names begin with a dot are not ours. */
function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const inner = join(folder, entry.name);
    removeEmptyFolders(inner);
    if (readdirSync(inner).length === 0) rmdirSync(inner);
  }
}
