/** The step that installs the npm packages that package-lock.json names, those for building and testing included. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './shared.mjs';

export function createDependenciesStep({ root, env, say }) {
  const lockFile = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.setup-stamp');
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  return {
    done() {
      if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
      if (!installedByHand(root, lockFile)) return false;
      writeFileSync(stamp, wanted);
      return true;
    },
    run() {
      say('Installing the dependencies with npm ci; the first time this may take a minute');
      // npm ci empties node_modules, the stamp with it; NODE_ENV=production must not leave out the compiler.
      npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], root, env);
      writeFileSync(stamp, wanted);
    },
  };
}

/** Whether somebody's own `npm install` put there just what the lock file asks for: npm keeps a list of what it installed. */
function installedByHand(root, lockFile) {
  const list = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
  const same = Object.entries(installed).every(([path, entry]) => wanted[path]?.version === entry.version && wanted[path].integrity === entry.integrity);
  return same && Object.entries(wanted).every(([path, entry]) => path === '' || entry.optional || path in installed);
}

/** The npm that runs us, so that it is the same one whatever PATH holds; else the one on PATH. */
function npm(args, root, env) {
  const cli = env.npm_execpath;
  if (cli && basename(cli) === 'npm-cli.js') run(process.execPath, [cli, ...args], { cwd: root });
  else run('npm', args, { cwd: root });
}
