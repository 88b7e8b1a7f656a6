/** What a process logged last is read by who reads its log, however it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const LOG = join(import.meta.dirname, '../../dist/src/operations/log.js');
const LINES = 2000;
/** More than fits in between a process and who reads it. */
const MANY_LINES = 40_000;

test.each([
  ['process.exit(3)', 'is told to'],
  ["throw new Error('over')", 'fails'],
  ["log.fatal('the end'); process.reallyExit(3)", 'says that it is the end, and is gone'],
  ['', 'has nothing more to do'],
])('%s: a process that %s', async (end) => {
  const program = `import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog('info');
    for (let line = 0; line < ${LINES}; line += 1) log.info({ line }, 'a line');
    ${end};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [logged] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const lines = logged.trimEnd().split('\n').map((line) => JSON.parse(line) as { line?: number });
  expect(lines.slice(0, LINES).map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, line) => line));
});

/** All that is read of a process that logs more than fits in between, and is read only then; `after` is what it waits with. */
async function readLate(after: string): Promise<string> {
  // Touched, `process.stdout` makes writes fail that would have to wait.
  const program = `import { createLog, createLogOutput } from ${JSON.stringify(LOG)};
    import { setImmediate as turn } from 'node:timers/promises';
    void process.stdout.fd;
    const output = createLogOutput();
    const log = createLog('info', output);
    for (let line = 0; line < ${MANY_LINES}; line += 1) {
      if (line === ${MANY_LINES / 2}) await turn();
      log.info({ line }, 'a line');
    }
    await turn();
    const waited = output.taken(${after});
    process.stderr.write('logged');
    await waited;
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child.stderr, 'data');
  return text(child.stdout);
}

const numbersOf = (lines: readonly string[]): number[] => lines.map((line) => (JSON.parse(line) as { line: number }).line);

test('a process that waits for who reads it slowly: every line is whole, and none is left out', async () => {
  const lines = (await readLate('(ms, task) => setTimeout(task, ms)')).trimEnd().split('\n');
  expect(numbersOf(lines)).toEqual(Array.from({ length: MANY_LINES }, (_, line) => line));
});

test('a process that waits in vain: what was read by then is whole, but for the line that it ended in', async () => {
  const lines = (await readLate('(ms, task) => setImmediate(task)')).split('\n').slice(0, -1);
  expect(lines.length).toBeLessThan(MANY_LINES);
  expect(numbersOf(lines)).toEqual(Array.from({ length: lines.length }, (_, line) => line));
});
