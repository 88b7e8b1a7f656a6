#!/usr/bin/env node
/** The command line, once it is built; see src/cli/. */
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('error (usage): Ringthrough is not built yet\n  hint: run `npm run build` (or `npm start`, which builds it too)\n');
  process.exitCode = 2;
}
