/**
 * What do probes cost one process, and how evenly do they come? The parts that a service has for them (board of evidence with Redis, prober, names,
 * reference targets) in this process, and the SIP servers in another.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RoutingTableHolder } from '../../src/calls/table-holder.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { createEvidenceBoard } from '../../src/health/evidence-board.ts';
import { createProbes } from '../../src/health/probes/probes.ts';
import { createLog } from '../../src/operations/log.ts';
import { createMetrics } from '../../src/operations/metrics.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { realSystem } from '../../src/system/system.ts';
import { createPause } from '../../src/system/pause.ts';
import { openFleet } from './fleet.ts';
import { markdown, max, median, quantile, whole } from './statistics.ts';

const TARGETS = 2000;
const EVERY_SECONDS = 2;
const WARM_MS = 8000;
const MEASURED_MS = 20_000;
const GOAL_PERCENT = 30;

/** Only what probes look at. */
function tablesOf(ports: readonly number[]): RoutingTableHolder {
  const primaries = new Map(ports.map((port, at) => [`pbx-${at}`, { kind: 'pbx', target: 'sip:{number}@127.0.0.1', probes: [{ kind: 'sip-options', target: `sip:127.0.0.1:${port}`, everySeconds: EVERY_SECONDS }] }]));
  return { events: new EventEmitter(), current: { ids: () => primaries.keys(), primary: (id: string) => primaries.get(id) } } as unknown as RoutingTableHolder;
}

const wait = (ms: number): Promise<void> => createPause(realSystem.timers, ms).pause();

/** Share of a core that this process takes, percent. */
async function measured(): Promise<number> {
  const began = performance.now();
  const before = process.cpuUsage();
  await wait(MEASURED_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - began);
}

async function turn(name: string, silent: boolean): Promise<string[]> {
  const fleet = await openFleet();
  const responder = spawn(process.execPath, [join(import.meta.dirname, 'probe-responder.js'), String(TARGETS)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: responder.stdout })[Symbol.asyncIterator]();
  const heard = async (): Promise<number[]> => JSON.parse(String((await lines.next()).value)) as number[];
  const ports = await heard();
  if (silent) responder.stdin.write('silent\n');

  const fast = createFastConnection({ url: fleet.redisPath, onError: () => undefined });
  await whenReady(fast);
  const log = createLog('silent');
  const metrics = createMetrics();
  const board = createEvidenceBoard({ redis: fast, system: realSystem, log });
  const policyFile = { current: shippedPolicy(), events: new EventEmitter<{ changed: [] }>() };
  const probes = createProbes({ self: 'bench', board, tables: tablesOf(ports), policyFile, metrics, system: realSystem, log });
  await board.start();
  probes.start();
  await wait(WARM_MS);
  responder.stdin.write('reset\n');
  const sent = async (): Promise<number> => Number(/total_net_input_bytes:(\d+)/.exec(await fast.info('stats'))?.[1] ?? 0);
  const bytesBefore = await sent();
  const percent = await measured();
  const bytes = (await sent()) - bytesBefore;
  responder.stdin.write('counts\n');
  const counts = await heard();
  const claims = new Map<string, number>();
  for (let at = 0; at < TARGETS; at += 1) for (const { claim } of board.about(`pbx-${at}`)) claims.set(claim, (claims.get(claim) ?? 0) + 1);

  probes.stop();
  await board.stop();
  fast.disconnect();
  responder.kill();
  await once(responder, 'exit');
  await fleet.close();
  const told = [...claims].map(([claim, count]) => `${claim} ${whole(count)}`).join(', ');
  const requests = counts.reduce((sum, one) => sum + one, 0) / (counts.length / 10);
  return [name, percent.toFixed(1), whole(requests), String(median(counts)), String(quantile(counts, 0.01)), String(max(counts)), whole(bytes / (MEASURED_MS / 1000) / 1024), told];
}

export async function probes(): Promise<string> {
  const rows = [['servers', '% of a core', 'requests a second', 'requests in 100 ms, median', 'least (1 %)', 'most', 'KiB a second to Redis', 'claims in the end']];
  rows.push(await turn('all answer', false), await turn('all are silent', true));
  return `### ${whole(TARGETS)} SIP servers, OPTIONS over UDP every ${EVERY_SECONDS} s, in one process (goal: below ${GOAL_PERCENT} % of a core)\n\n${markdown(rows)}\n`;
}
