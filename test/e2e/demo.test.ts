/** The demo as built: it ends well, says so, and leaves no process and no folder behind, also when it is interrupted. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logWatch } from '../support/log-watch.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/demo/main.js');

let folder: string;
beforeEach(() => {
  if (!existsSync(PROGRAM)) throw new Error('The demo is started from dist/, so build first: npm run build');
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  pid: number;
  /** Resolves when the text was printed. */
  says(text: string): Promise<void>;
  output(): string;
  signal(name: NodeJS.Signals): void;
  ended: Promise<[number | null, NodeJS.Signals | null]>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, TMPDIR: folder, REDIS_URL: 'redis://not-to-be-used.invalid' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    pid: child.pid ?? 0,
    output: () => text,
    signal: (name) => void child.kill(name),
    ended,
    async says(wanted) {
      while (!text.includes(wanted)) {
        const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
        if (chunk === null || typeof chunk === 'number') throw new Error(`It ended before it said ${wanted}:\n${text}`);
      }
    },
  };
}

/** All processes that this one has started, and those that they have. */
function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((row) => row.trim().split(/\s+/).map(Number));
  const children = (parent: number): number[] => rows.flatMap(([own, above]) => (above === parent && own !== undefined ? [own, ...children(own)] : []));
  return children(pid);
}

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the demo', () => {
  it('plays an outage and finds all as it must be', async () => {
    const logFile = join(folder, 'service.log');
    const demo = start('--speed', '8', '--log', logFile);
    await demo.says('4. A plan for everybody');
    const helpers = descendants(demo.pid);
    // The service and its redis-server; the PBX is dead at this point.
    expect(helpers.length).toBeGreaterThanOrEqual(2);
    expect(await demo.ended, demo.output()).toEqual([0, null]);
    const text = demo.output();
    for (const name of ['1. A quiet day', '2. The PBX is killed', '3. Diverted', '4. A plan for everybody', '5. Restored', 'Summary', 'Checked']) expect(text).toContain(`\n${name}\n`);
    expect(text).toContain('300 imported from demo/numbers.csv');
    const row = (name: string): number[] => (text.split('\n').findLast((line) => line.startsWith(`  ${name}  `))?.slice(name.length + 2).trim().split(/\s+/) ?? []).map(Number);
    const [quiet, killed, diverted, everybody, restored, all] = ['1. A quiet day', '2. The PBX is killed', '3. Diverted', '4. A plan for everybody', '5. Restored', 'All'].map(row);
    // calls, by the PBX, saved in the call, straight to a backup, lost, left a message
    expect(quiet?.slice(1)).toEqual([quiet?.[0], 0, 0, 0, 0]);
    expect(restored?.slice(1)).toEqual([restored?.[0], 0, 0, 0, 0]);
    expect(killed?.[1]).toBe(0);
    expect(killed?.[2]).toBeGreaterThan(0);
    expect(diverted?.slice(1, 3)).toEqual([0, 0]);
    expect(everybody?.[4]).toBe(0);
    expect(all?.[0]).toBe([quiet, killed, diverted, everybody, restored].reduce((sum, one) => sum + (one?.[0] ?? 0), 0));
    expect(text).toMatch(/Lost callers, to be called back \(GET \/v1\/lost-callers\): (\d+), all of Elm Street Garage/);
    expect(text.match(/^ {2}ok /gm)).toHaveLength(8);
    expect(text).not.toContain('FAIL');
    // No terminal, no colours.
    expect(text).not.toContain('\u001B');
    expect(helpers.filter(runs)).toEqual([]);
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines) logWatch.saw(line);
    expect(readdirSync(folder)).toEqual(['service.log']);
  });

  it.each([['SIGINT', 130, '1. A quiet day', 3], ['SIGTERM', 143, 'plans ', 3], ['SIGINT', 130, 'Setting the stage', 0]] as const)('puts everything away on %s, %i, at "%s"', async (signal, code, moment, atLeast) => {
    const demo = start();
    await demo.says(moment);
    const helpers = descendants(demo.pid);
    expect(helpers.length).toBeGreaterThanOrEqual(atLeast);
    demo.signal(signal);
    demo.signal(signal);
    expect(await demo.ended, demo.output()).toEqual([code, null]);
    expect(helpers.filter(runs)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says how it is used', async () => {
    const wrong = start('--speed', 'fast');
    expect(await wrong.ended).toEqual([2, null]);
    expect(wrong.output()).toContain('--speed N');
  });
});
