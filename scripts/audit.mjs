/**
 * Asks the npm registry for known vulnerabilities of what we ship. Ends with 1 when there are some of level high or above. Some
 * registries have no advisories: then it says plainly that nothing was audited, and ends with 0 unless AUDIT=required.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEVEL = 'high';

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What `npm audit --json` found: `clean`, `vulnerable` with what, or `unanswered`. */
export function judgeAudit(status, output) {
  const report = parsed(output);
  if (!report?.metadata?.vulnerabilities) return { is: 'unanswered', found: [] };
  const found = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => ['high', 'critical'].includes(severity));
  if (status === 0 && found.length === 0) return { is: 'clean', found };
  return { is: 'vulnerable', found: found.map(({ name, severity, range }) => `${name} ${range} (${severity})`) };
}

function main() {
  const root = resolve(fileURLToPath(import.meta.url), '../..');
  const { status, stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', `--audit-level=${LEVEL}`], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 });
  const { is, found } = judgeAudit(status, stdout ?? '');
  const say = {
    clean: `Dependency audit: no known vulnerability of level ${LEVEL} or above`,
    vulnerable: `Dependency audit: KNOWN VULNERABILITIES\n${found.map((one) => `  - ${one}`).join('\n')}`,
    unanswered: 'Dependency audit: NOT DONE, this registry gives no advisories. Run `npm audit --omit=dev` where one does.',
  };
  console.log(say[is]);
  process.exitCode = is === 'vulnerable' || (is === 'unanswered' && process.env.AUDIT === 'required') ? 1 : 0;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main();
