/**
 * How many signed voice webhooks a second one process answers with a million numbers loaded, against bare node:http and against
 * the stack that one would write first. The load comes from wrk: one in JavaScript takes more of the processors than what is measured.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeOptionsOf, numberAt, openFleet, type Fleet } from './fleet.ts';
import { interleaved, markdown, median, ms, whole } from './statistics.ts';

const NUMBERS = Number(process.env.BENCH_NUMBERS ?? 1_000_000);
const CONNECTIONS = 32;
const ROUNDS = 5;
const WARM_UP_SECONDS = 3;
const SECONDS = 3;
/** Of one round: more than any variant answers but the one that does nothing, whose round is shorter. */
const PREPARED_A_SECOND = 45_000;
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

const beside = (name: string): string => join(import.meta.dirname, name);
const run = promisify(execFile);
let calls = 0;

async function load(port: number, seconds: number, dir: string): Promise<Load> {
  calls += 1_000_000;
  const file = join(dir, 'requests');
  await run(process.execPath, [beside('webhook-requests.js'), file, String(seconds * PREPARED_A_SECOND), String(NUMBERS), String(calls)]);
  const { stdout } = await run('wrk', ['--threads', '1', '--connections', String(CONNECTIONS), '--duration', `${seconds}s`, '--script', beside('webhook-load.lua'), `http://127.0.0.1:${port}`, '--', file]);
  const said = stdout.split('\n').find((line) => line.startsWith('{'));
  if (said === undefined) throw new Error(`wrk said: ${stdout}`);
  return JSON.parse(said) as Load;
}

async function start(name: string, args: readonly string[], options: readonly string[] = []): Promise<Server> {
  const child = spawn(process.execPath, [...options, beside(`${name}.js`), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
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
    const bare = (kind: string): Promise<Server> => start('bare-server', [kind, String(NUMBERS), redisPath, join(dir, `${kind}.log`)], nodeOptionsOf('src/server.js'));
    servers['node:http, fixed answer'] = await bare('fixed');
    servers[DUTIES] = await bare('duties');
    servers[RECORDED] = await bare('recorded');
    const obvious = (kind: string): Promise<Server> => start('obvious-server', [kind, redisPath, join(dir, `obvious-${kind}.log`)]);
    servers['the obvious stack'] = await obvious('plain');
    servers[OBVIOUS_RECORDED] = await obvious('recorded');
    servers[SERVICE] = { port: (await fleet.start()).port, close: () => undefined };
    for (const { port } of Object.values(servers)) await load(port, WARM_UP_SECONDS, dir);
    const results = await interleaved(ROUNDS, Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, () => load(port, SECONDS, dir)])));
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
