/** How many signed voice webhooks a second one process answers, against bare node:http; the load comes from a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openFleet } from './fleet.ts';
import { interleaved, markdown, median, ms, whole } from './statistics.ts';

const NUMBERS = 100_000;
const CONNECTIONS = 32;
const ROUNDS = 5;
const SECONDS = 3;

interface Load {
  rps: number;
  p50: number;
  p99: number;
  wrong: number;
}

const program = (name: string): string => join(import.meta.dirname, `${name}.js`);

async function load(port: number, seconds: number): Promise<Load> {
  const { stdout } = await promisify(execFile)(process.execPath, [program('load-generator'), String(port), String(seconds), String(CONNECTIONS), String(NUMBERS)]);
  return JSON.parse(stdout) as Load;
}

async function bare(kind: 'fixed' | 'duties'): Promise<{ port: number; close(): void }> {
  const child = spawn(process.execPath, [program('bare-server'), kind, String(NUMBERS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { port } = JSON.parse(line.toString()) as { port: number };
  return { port, close: () => void child.kill() };
}

export async function throughput(): Promise<string> {
  const fleet = await openFleet();
  const servers = [await bare('fixed'), await bare('duties')] as const;
  try {
    await fleet.fill(NUMBERS);
    const router = await fleet.start();
    const ports = { 'node:http, fixed answer': servers[0].port, 'node:http, same duties, no log': servers[1].port, 'the service, with its log and records': router.port };
    for (const port of Object.values(ports)) await load(port, 1);
    const results = await interleaved(ROUNDS, Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, () => load(port, SECONDS)])));
    const base = median((results['node:http, same duties, no log'] ?? []).map(({ rps }) => rps));
    const rows = Object.entries(results).map(([name, loads]) => {
      const rps = median(loads.map((one) => one.rps));
      if (loads.some(({ wrong }) => wrong > 0)) throw new Error(`${name} gave wrong answers`);
      return [name, whole(rps), (rps / base).toFixed(2), ms(median(loads.map(({ p50 }) => p50))), ms(median(loads.map(({ p99 }) => p99)))];
    });
    return `### A signed voice webhook over HTTP, ${whole(NUMBERS)} numbers, ${CONNECTIONS} connections\n\n${markdown([['variant', 'rps', 'of bare', 'p50 ms', 'p99 ms'], ...rows])}\n`;
  } finally {
    for (const server of servers) server.close();
    await fleet.close();
  }
}
