/**
 * Measures imports and exports: rows a second received, judged, applied, reverted and exported; memory of the process and
 * of Redis; how long the event loop was held up. In one process with a redis-server that is as durable as in production.
 * Usage: node dist/test/bench/imports.js [ROWS], after a build
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { revertImport } from '../../src/imports/decide.ts';
import { exportNumbers } from '../../src/imports/export-numbers.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { receiveImport, type ImportOptions } from '../../src/imports/receive.ts';
import { createRowSource } from '../../src/imports/row-source.ts';
import { createUploadKeys } from '../../src/imports/upload-keys.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { keys } from '../../src/store/keys.ts';
import { createStore } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';
import { startTestRedis } from '../support/redis.ts';
import { DEED, put, putSample } from '../support/world.ts';

const MB = 1e6;
const ROWS = Number(process.argv[2] ?? 1_000_000);
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
const sizeOf = async (key: string): Promise<number> => Number((await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')) ?? 0) / MB;
const rss = (): number => process.memoryUsage.rss() / MB;

const before = { rss: rss(), redis: await usedByRedis() };
let peak = before.rss;
const watch = setInterval(() => { peak = Math.max(peak, rss()); }, 50);

function say(text: string): void {
  console.log(text);
}

async function measured<T>(name: string, rows: number, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  peak = rss();
  delay.enable();
  const from = performance.now();
  const result = await work();
  const seconds = (performance.now() - from) / 1000;
  delay.disable();
  peak = Math.max(peak, rss());
  const held = (percent: number): string => (delay.percentile(percent) / MB).toFixed(1);
  say(`| ${name} | ${Math.round(rows / seconds)} | ${seconds.toFixed(1)} | ${peak.toFixed(0)} | ${held(50)} | ${held(99)} | ${(await usedByRedis()).toFixed(0)} |`);
  return result;
}

async function receive(options: ImportOptions): Promise<string> {
  const { id } = await receiveImport({ store, lists, uploadKeys: createUploadKeys(redis), random, clock, log: { warn: () => undefined } }, { format: 'csv', body: Readable.from(file(ROWS)), deed: DEED, options });
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

say(`${ROWS} rows; before: process ${before.rss.toFixed(0)} MB, Redis ${before.redis.toFixed(0)} MB\n`);
say('| step | rows a second | seconds | peak memory of the process, MB | event loop held up, ms, median | 99th percentile | Redis after it, MB |\n| --- | --- | --- | --- | --- | --- | --- |');
const dry = await measured('received', ROWS, () => receive({ dryRun: true, complete: true }));
const staged = await sizeOf(keys.importRows(dry));
await measured('judged (complete, dry)', ROWS, () => applyAll(dry));
const id = await receive({});
await measured('applied', ROWS, () => applyAll(id));
const images = await sizeOf(keys.importImages(id));
const again = await receive({});
await measured('applied again, all unchanged', ROWS, () => applyAll(again));
await measured('exported', ROWS, exportAll);
const revert = await revertImport({ store, lists, random }, id, DEED);
await measured('reverted', ROWS, () => applyAll(revert.id));
clearInterval(watch);
say(`\nStaged rows: ${staged.toFixed(1)} MB; images for the revert: ${images.toFixed(1)} MB; audit: ${(await sizeOf(keys.audit)).toFixed(0)} MB; changes: ${(await sizeOf(keys.changes)).toFixed(0)} MB`);
const found = await store.find('imports', revert.id);
const { removed = 0, rejected = 0 } = found && 'record' in found ? found.record : {};
if (removed !== ROWS || rejected !== 0) throw new Error(`the revert took away ${removed} of ${ROWS} numbers and left ${rejected} alone`);
redis.disconnect();
await redisServer.stop();
