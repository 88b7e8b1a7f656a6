/**
 * Brings a fresh machine to where a command can run: Node's version, dependencies, build, a redis-server, what tests and benchmarks run besides. What is there
 * already is skipped, so that a second run costs a fraction of a second. Needs nothing but Node: it runs before `npm ci`.
 * Usage: node scripts/setup.mjs start|demo|test|bench|build
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuildStep } from './setup/build.mjs';
import { createDependenciesStep } from './setup/dependencies.mjs';
import { withLock } from './setup/lock.mjs';
import { createRedisStep } from './setup/redis-server.mjs';
import { SetupFault } from './setup/shared.mjs';
import { createToolsStep } from './setup/tools.mjs';

const COMMANDS = ['start', 'demo', 'test', 'bench', 'build'];
const MIN_NODE = [20, 19];

function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  throw new SetupFault(`Node ${MIN_NODE.join('.')} or newer is needed; this is Node ${version}. See https://nodejs.org/en/download`);
}

/** `start` with a Redis of its own choice, and a mere build, start no redis-server. */
function needsRedisServer(command, env) {
  return command !== 'build' && !(command === 'start' && env.REDIS_URL);
}

/** Does what is missing for `command`. `say` gets one plain line for each thing done. */
export async function setUp({ command, root, env, say }) {
  if (!COMMANDS.includes(command)) throw new SetupFault(`Usage: node scripts/setup.mjs ${COMMANDS.join('|')}`);
  checkNode(process.versions.node);
  const steps = [createDependenciesStep({ root, env, say }), createBuildStep({ root, say })];
  if (needsRedisServer(command, env)) steps.push(createRedisStep({ env, say }));
  steps.push(createToolsStep({ command, say }));
  if (steps.every((step) => step.done())) return;
  await withLock({ root, say }, () => {
    // Another set-up may have done it all while this one waited.
    for (const step of steps) if (!step.done()) step.run();
  });
}

async function main() {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  try {
    // On standard error, so that the log of `npm start` on standard output stays pure JSON.
    await setUp({ command: process.argv[2], root, env: process.env, say: (line) => console.error(line) });
  } catch (error) {
    if (!(error instanceof SetupFault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
