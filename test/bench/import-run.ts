/**
 * A process that imports, exports and reverts, and says what it took: rows a second, memory of the process and of Redis, how long
 * the event loop was held up. With a redis-server that is as durable as in production. Usage: import-run.js ROWS
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { revertImport } from '../../src/imports/decide.ts';
import { exportNumbers } from '../../src/imports/export-numbers.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { receiveImport, type ImportOptions } from '../../src/imports/receive.ts';
import { createRowSource } from '../../src/imports/row-source.ts';
import { createIdempotencyKeys } from '../../src/store/idempotency-keys.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createStore } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis } from '../support/redis.ts';
import { DEED, put, putSample } from '../support/world.ts';

/** One step of the work. */
export interface ImportStep {
  name: string;
  rowsPerSecond: number;
  seconds: number;
  /** Most that the process held, and Redis after it, megabytes. */
  peak: number;
  redis: number;
  /** How long the event loop was held up, milliseconds; its own measuring step is 1. */
  held: { p50: number; p99: number };
}

const MB = 1e6;
const ROWS = Number(process.argv[2]);
const PLANS = ['desk', 'shared', ''];
const PIECE_CHARACTERS = 65_536;

/** Made while it is read: no file of a million rows is held. */
async function* file(rows: number): AsyncGenerator<Buffer> {
  let text = 'number,customer,primary,carrier,plan,carrierRef,divertBy\n';
  for (let at = 0; at < rows; at += 1) {
    text += `+4420${70_000_000 + at},acme,pbx,main,${PLANS[at % 3]},PN${String(at).padStart(32, '0')},\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

const redisServer = await startTestRedis();
const redis = createFastConnection({ url: redisServer.url, onError: () => undefined });
await whenReady(redis);
const store = createStore(redis, { auditKept: 10_000 });
const lists = createImportLists(redis);
const deps = { store, lists, ahead: createRowSource(lists) };
const { random, clock } = realSystem;
await putSample(store);
await put(store, 'plans', 'shared', { destinations: [{ to: 'voicemail' }] });

const usedByRedis = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]) / MB;
const rss = (): number => process.memoryUsage.rss() / MB;

let peak = rss();
const watch = setInterval(() => { peak = Math.max(peak, rss()); }, 50);

const steps: ImportStep[] = [];

async function measured<T>(name: string, rows: number, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  peak = rss();
  delay.enable();
  const from = performance.now();
  const result = await work();
  const seconds = (performance.now() - from) / 1000;
  delay.disable();
  peak = Math.max(peak, rss());
  steps.push({ name, rowsPerSecond: rows / seconds, seconds, peak, redis: await usedByRedis(), held: { p50: delay.percentile(50) / MB, p99: delay.percentile(99) / MB } });
  return result;
}

async function receive(options: ImportOptions): Promise<string> {
  const { id } = await receiveImport({ store, lists, uploadKeys: createIdempotencyKeys(redis, 'upload'), random, clock, log: { warn: () => undefined } }, { format: 'csv', body: Readable.from(file(ROWS)), deed: DEED, options });
  return id;
}

async function applyAll(id: string): Promise<void> {
  while ((await applyNextChunk(deps, id, clock.now())) === 'more');
}

async function exportAll(): Promise<number> {
  let bytes = 0;
  for await (const text of exportNumbers(store, { format: 'csv', onUnreadable: () => undefined })) bytes += text.length;
  return bytes;
}

const dry = await measured('received', ROWS, () => receive({ dryRun: true, complete: true }));
await measured('judged (complete, dry)', ROWS, () => applyAll(dry));
const id = await receive({});
await measured('applied', ROWS, () => applyAll(id));
const again = await receive({});
await measured('applied again, all unchanged', ROWS, () => applyAll(again));
await measured('exported', ROWS, exportAll);
const revert = await revertImport({ store, lists, random }, id, DEED);
await measured('reverted', ROWS, () => applyAll(revert.id));
clearInterval(watch);
const found = await store.find('imports', revert.id);
const { removed = 0, rejected = 0 } = found && 'record' in found ? found.record : {};
if (removed !== ROWS || rejected !== 0) throw new Error(`the revert took away ${removed} of ${ROWS} numbers and left ${rejected} alone`);
redis.disconnect();
await redisServer.stop();
console.log(JSON.stringify(steps));
