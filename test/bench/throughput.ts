/**
 * How many signed voice webhooks a second one process answers with a million numbers loaded, against bare node:http and against
 * the stack that one would write first; the load comes from a process of its own.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { numberAt, openFleet, type Fleet } from './fleet.ts';
import { interleaved, markdown, median, ms, whole } from './statistics.ts';

const NUMBERS = Number(process.env.BENCH_NUMBERS ?? 1_000_000);
const CONNECTIONS = 32;
const ROUNDS = 5;
const SECONDS = 3;
const PLANS_AT_ONCE = 10_000;

const DUTIES = 'node:http, same duties';
const RECORDED = 'node:http, same duties, and each call told to Redis';
const OBVIOUS_RECORDED = 'the obvious stack, and each call told to Redis before the answer';
const SERVICE = 'the service, with its records';

interface Load {
  rps: number;
  p50: number;
  p99: number;
  wrong: number;
}

interface Server {
  port: number;
  close(): void;
}

const program = (name: string): string => join(import.meta.dirname, `${name}.js`);
let calls = 0;

async function load(port: number, seconds: number): Promise<Load> {
  calls += 1_000_000;
  const { stdout } = await promisify(execFile)(process.execPath, [program('load-generator'), String(port), String(seconds), String(CONNECTIONS), String(NUMBERS), String(calls)]);
  return JSON.parse(stdout) as Load;
}

async function run(name: string, args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { port } = JSON.parse(line.toString()) as { port: number };
  return { port, close: () => void child.kill() };
}

/** What the obvious stack asks Redis for at each call. */
async function fillPlans({ connection }: Fleet): Promise<void> {
  for (let at = 0; at < NUMBERS; at += PLANS_AT_ONCE) {
    await connection.mset(...Array.from({ length: Math.min(PLANS_AT_ONCE, NUMBERS - at) }, (_, more) => [`bench:plan:${numberAt(at + more)}`, 'pbx.example.net']).flat());
  }
}

export async function throughput(): Promise<string> {
  const fleet = await openFleet();
  const { dir, redisPath } = fleet;
  const servers: Record<string, Server> = {};
  try {
    await fleet.fill(NUMBERS);
    await fillPlans(fleet);
    const bare = (kind: string): Promise<Server> => run('bare-server', [kind, String(NUMBERS), redisPath, join(dir, `${kind}.log`)]);
    servers['node:http, fixed answer'] = await bare('fixed');
    servers[DUTIES] = await bare('duties');
    servers[RECORDED] = await bare('recorded');
    const obvious = (kind: string): Promise<Server> => run('obvious-server', [kind, redisPath, join(dir, `obvious-${kind}.log`)]);
    servers['the obvious stack'] = await obvious('plain');
    servers[OBVIOUS_RECORDED] = await obvious('recorded');
    servers[SERVICE] = { port: (await fleet.start()).port, close: () => undefined };
    for (const { port } of Object.values(servers)) await load(port, 1);
    const results = await interleaved(ROUNDS, Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, () => load(port, SECONDS)])));
    const of = (name: string, field: keyof Load): number => median((results[name] ?? []).map((one) => one[field]));
    const rows = Object.entries(results).map(([name, loads]) => {
      if (loads.some(({ wrong }) => wrong > 0)) throw new Error(`${name} gave wrong answers`);
      const ratio = (field: keyof Load, other: string): string => (of(name, field) / of(other, field)).toFixed(2);
      return [name, whole(of(name, 'rps')), ratio('rps', DUTIES), ratio('rps', RECORDED), ratio('rps', OBVIOUS_RECORDED), ms(of(name, 'p50')), ms(of(name, 'p99')), ratio('p99', DUTIES)];
    });
    const head = ['variant', 'rps', 'of bare', 'of bare with Redis', 'of the obvious stack with Redis', 'p50 ms', 'p99 ms', 'p99 of bare'];
    return `### A signed voice webhook over HTTP, ${whole(NUMBERS)} numbers, ${CONNECTIONS} connections\n\n${markdown([head, ...rows])}\n`;
  } finally {
    for (const server of Object.values(servers)) server.close();
    await fleet.close();
  }
}
