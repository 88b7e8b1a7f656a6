/**
 * How fast are numbers diverted at a carrier that takes so many writes a second, and put back, and is all exactly as it was
 * afterwards? Service, workers and carrier are processes of their own; in one run the workers are killed ten times on the way.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { ACCOUNT, put } from '../support/world.ts';
import { ADMIN_KEY, CLASSES, classAt, openFleet, ORIGIN, waitFor, type Fleet } from './fleet.ts';
import type { CarrierLog, CarrierOrder, CarrierSays } from './moves-carrier.ts';
import { markdown, max, quantile, whole } from './statistics.ts';

const NUMBERS = Number(process.env['BENCH_MOVES'] ?? 10_000);
const GOAL = 0.95;
/** `atOnce`: requests that are under way at the same time; `kills`: on the way there and back. */
const RUNS = [
  { writesPerSecond: 100, latencyMs: 50, atOnce: 50, kills: 0 },
  { writesPerSecond: 250, latencyMs: 20, atOnce: 50, kills: 0 },
  { writesPerSecond: 250, latencyMs: 20, atOnce: 50, kills: 10 },
] as const;
type Run = (typeof RUNS)[number];

interface Progress {
  numbers: number;
  left: number;
  etaSeconds?: number;
  states: Record<string, number>;
}

interface Carrier {
  url: string;
  ask(order: 'remember' | 'begin'): Promise<void>;
  writes(): Promise<number>;
  log(): Promise<CarrierLog>;
  close(): void;
}

async function startCarrier({ writesPerSecond, latencyMs }: Run): Promise<Carrier> {
  const child = fork(join(import.meta.dirname, 'moves-carrier.js'), [NUMBERS, writesPerSecond, latencyMs].map(String));
  const gone = once(child, 'exit').then(() => {
    throw new Error('the carrier has ended');
  });
  gone.catch(() => undefined);
  const said = async (): Promise<CarrierSays> => ((await Promise.race([once(child, 'message'), gone])) as [CarrierSays])[0];
  async function ask(order: CarrierOrder): Promise<CarrierSays> {
    const answer = said();
    child.send(order);
    return answer;
  }
  const first = await said();
  if (!('url' in first)) throw new Error('the carrier did not say where it is');
  return {
    url: first.url,
    ask: async (order) => void (await ask(order)),
    async writes() {
      const answer = await ask('writes');
      return 'writes' in answer ? answer.writes : 0;
    },
    async log() {
      const answer = await ask('log');
      if (!('log' in answer)) throw new Error('the carrier gave no log');
      return answer.log;
    },
    close: () => child.disconnect(),
  };
}

/** The workers' process, another one each time it is killed. */
function createCrew(fleet: Fleet) {
  let child: ChildProcess = fleet.startWorkers();
  const memory: number[] = [];
  return {
    memory,
    look: () => memory.push(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1000),
    async killed() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = fleet.startWorkers();
    },
  };
}

interface Move extends CarrierLog {
  /** From the order until all numbers were as they are to be. */
  tookSeconds: number;
  /** By how much the time to go was wrong that was told in the middle, a share of what it was. */
  etaOff: number;
  memory: number[];
}

async function ask<B>(port: number, method: string, path: string, body?: object): Promise<B> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as B;
}

async function move(port: number, carrier: Carrier, crew: ReturnType<typeof createCrew>, says: 'divert' | 'restore', kills: number): Promise<Move> {
  await carrier.ask('begin');
  crew.memory.length = 0;
  const began = performance.now();
  const { diversion } = await ask<{ diversion: string }>(port, 'POST', `/v1/primaries/pbx/${says}`, { reason: 'benchmark' });
  const told: { at: number; left: number; etaSeconds: number }[] = [];
  let killed = 0;
  const wanted = says === 'divert' ? 'diverted' : 'in step';
  for (;;) {
    await pause(500);
    crew.look();
    const { progress: { left, etaSeconds, states } } = await ask<{ progress: Progress }>(port, 'GET', `/v1/diversions/${diversion}/numbers?limit=1`);
    if (etaSeconds !== undefined) told.push({ at: performance.now(), left, etaSeconds });
    if (states[wanted] === NUMBERS) break;
    if (killed >= kills || (await carrier.writes()) < (NUMBERS * (killed + 1)) / (kills + 1)) continue;
    await crew.killed();
    killed += 1;
  }
  const ended = performance.now();
  const middle = told.filter(({ left }) => left > NUMBERS * 0.25 && left < NUMBERS * 0.75);
  const etaOff = max(middle.map(({ at, etaSeconds }) => Math.abs(etaSeconds / ((ended - at) / 1000) - 1)));
  return { ...(await carrier.log()), tookSeconds: (ended - began) / 1000, etaOff, memory: [...crew.memory] };
}

function check(said: string, is: boolean): void {
  if (!is) throw new Error(`not so: ${said}`);
}

async function run(fleet: Fleet, given: Run): Promise<string[][]> {
  const { writesPerSecond, atOnce, kills } = given;
  const carrier = await startCarrier(given);
  const { store } = fleet;
  await put(store, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN_OF_BENCHMARK' }, baseUrl: carrier.url, limits: { writesPerSecond, atOnce } });
  for (const name of CLASSES) await put(store, 'customers', name, { name, class: name });
  await put(store, 'plans', 'shared', { destinations: [{ to: 'voicemail' }] });
  await fleet.fill(NUMBERS, (at) => ({ customer: classAt(at), primary: 'pbx', carrier: 'main', plan: 'shared', divertBy: 'number' }));
  const { port } = await fleet.start();
  const crew = createCrew(fleet);
  const due = createDueRoutes(fleet.connection);
  await waitFor(async () => ((await fleet.connection.zcard('{ringthrough}:routes:due:main')) === NUMBERS && (await due.next('main', Date.now(), 1)).length === 0 ? true : undefined));
  await carrier.ask('remember');
  const rows: string[][] = [];
  for (const says of ['divert', 'restore'] as const) {
    const moved = await move(port, carrier, crew, says, kills / 2);
    const { writes, reads, refused, seconds, mostInASecond, early, notReadBack, asBefore, leadTo, tookSeconds, etaOff, memory } = moved;
    console.error(JSON.stringify({ ...given, says, ...moved, memory: memory.map(Math.round).join(' ') }));
    check(`${says}: each number was read back`, notReadBack === 0);
    check(`${says}: none went before a more important one but what was in hand`, early <= atOnce * (kills + 1) + refused);
    if (says === 'restore') check('all is as it was', asBefore === NUMBERS);
    else check('all lead to us', leadTo[`${ORIGIN}/webhooks/main/voice`] === NUMBERS);
    const rate = writes / seconds;
    const half = Math.floor(memory.length / 2);
    rows.push([
      String(writesPerSecond), `${given.latencyMs} ms`, String(kills / 2), says, whole(writes), rate.toFixed(1), (rate / writesPerSecond).toFixed(3), String(refused), String(mostInASecond), String(early),
      (reads / NUMBERS).toFixed(1), tookSeconds.toFixed(1), Number.isFinite(etaOff) ? `${Math.round(etaOff * 100)} %` : '', `${whole(quantile(memory.slice(0, half), 0.5))} / ${whole(quantile(memory.slice(half), 0.5))}`,
    ]);
  }
  carrier.close();
  return rows;
}

export async function moves(): Promise<string> {
  const rows: string[][] = [];
  for (const given of RUNS) {
    const fleet = await openFleet();
    try {
      rows.push(...(await run(fleet, given)));
    } finally {
      await fleet.close();
    }
  }
  const head = ['allowed a second', 'an answer takes', 'workers killed', 'order', 'writes', 'writes a second', 'of what is allowed', 'refused', 'most in any second', 'before a more important one', 'reads a number', 'seconds', 'time to go wrong by', 'MB of the workers, first and second half'];
  return `### ${whole(NUMBERS)} numbers are diverted at their carrier and put back (goal: ${GOAL} of what it takes)\n\n${markdown([head, ...rows])}\n`;
}
