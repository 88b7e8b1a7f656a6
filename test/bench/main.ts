/** Runs the benchmarks and prints Markdown for docs/benchmarks.md. Usage: npm run bench [-- flips|throughput|loading|tables|imports|moves|probes|replay|held|recovery|replay-kills|five-hours …] */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fiveHours } from './five-hours.ts';
import { flips } from './flips.ts';
import { held } from './held.ts';
import { imports } from './imports.ts';
import { loading } from './loading.ts';
import { moves } from './moves.ts';
import { probes } from './probes.ts';
import { recovery } from './recovery.ts';
import { replayKills } from './replay-kills.ts';
import { replay } from './replay.ts';
import { tables } from './tables.ts';
import { throughput } from './throughput.ts';

const PARTS: Readonly<Record<string, () => Promise<string>>> = { flips, throughput, loading, tables, imports, moves, probes, replay, held, recovery, 'replay-kills': replayKills, 'five-hours': fiveHours };

function redisVersion(): string {
  const text = execFileSync(process.env.REDIS_SERVER_BIN || 'redis-server', ['--version'], { encoding: 'utf8' });
  return /v=(\S+)/.exec(text)?.[1] ?? 'unknown';
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${Object.keys(PARTS).join(', ')}`);
  process.exit(1);
}
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores; Node ${process.version}; redis-server ${redisVersion()}, appendfsync always; ${new Date().toISOString().slice(0, 10)}\n`);
for (const [name, part] of Object.entries(PARTS)) if (asked.length === 0 || asked.includes(name)) console.log(await part());
