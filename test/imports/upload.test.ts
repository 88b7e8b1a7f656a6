import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ImportRecord } from '../../src/domain/import.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { receiveImport } from '../../src/imports/receive.ts';
import { createIdempotencyKeys } from '../../src/store/idempotency-keys.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { DEED } from '../support/world.ts';
import { eachService } from './each-service.ts';
import { applyAll, csv, csvRows, HEADER } from './support.ts';

const at = eachService();
const { here } = at;

const post = (body: string, headers: Record<string, string> = { 'content-type': 'text/csv' }) => fetch(`${at.service.url}/v1/imports`, { method: 'POST', headers, body });

async function newestImport(): Promise<{ id: string; record: ImportRecord } | undefined> {
  const [id] = await createImportLists(here.world.redis).newest(undefined, 1);
  const found = id === undefined ? undefined : await here.world.store.find('imports', id);
  return id !== undefined && found && 'record' in found ? { id, record: found.record } : undefined;
}

/** An upload that its caller writes by hand. */
function begin(): ClientRequest {
  const upload = request(`${at.service.url}/v1/imports`, { method: 'POST', headers: { 'content-type': 'text/csv' } });
  upload.on('error', () => undefined);
  return upload;
}

describe('an upload', () => {
  test('that breaks off is aborted: nothing is staged, nothing is applied', async () => {
    const upload = begin();
    upload.write(csv(csvRows(500)));
    await expect.poll(async () => (await newestImport())?.record.state).toBe('receiving');
    const { id = '' } = (await newestImport()) ?? {};
    await expect.poll(() => here.world.redis.llen(keys.importRows(id))).toBe(2);
    upload.destroy();
    await expect.poll(async () => (await newestImport())?.record.state).toBe('aborted');
    expect(await here.world.redis.exists(keys.importRows(id))).toBe(0);
    await applyAll(here.world.store, here.world.redis, id);
    expect(await here.world.store.page('numbers@acme', undefined, 10)).toEqual(['+442079460123']);
  });

  test('stages its rows while it comes in, for a week', async () => {
    const upload = begin();
    upload.write(csv(csvRows(200)));
    await expect.poll(async () => (await newestImport()) !== undefined).toBe(true);
    const { id = '' } = (await newestImport()) ?? {};
    await expect.poll(() => here.world.redis.llen(keys.importRows(id))).toBe(1);
    expect(await here.world.redis.ttl(keys.importRows(id))).toBeGreaterThan(6 * 86_400);
    upload.end(csvRows(1, 200)[0]);
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(202);
    answer.resume();
    expect(await newestImport()).toMatchObject({ record: { state: 'applying', rows: 201, chunks: 2 } });
  });

  test('with a bad header is refused with the column named, however much follows', async () => {
    const answer = await post(`${HEADER},colour\n${'x'.repeat(100)}\n`.padEnd(8_000_000, 'y\n'));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'import_header_invalid', issues: [{ at: 'colour', detail: 'unknown column "colour"' }] });
    expect(await newestImport()).toBeUndefined();
  });

  test('above the limit of other bodies is taken', async () => {
    const filler = `${'x'.repeat(70_000)}\n`.repeat(40);
    const answer = await post(`${csv(csvRows(5))}${filler}`);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ rows: 45 });
    const { id = '' } = (await newestImport()) ?? {};
    await applyAll(here.world.store, here.world.redis, id);
    expect((await newestImport())?.record).toMatchObject({ created: 5, rejected: 40 });
  });

  test.each([
    [{ 'content-type': 'application/json' }, '{}'],
    [{ 'content-type': 'text/csv', 'content-encoding': 'gzip' }, 'x'],
  ])('of another kind is refused: %j', async (headers, body) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ code: 'media_type_unsupported' });
  });

  test('without a body is refused', async () => {
    expect((await fetch(`${at.service.url}/v1/imports`, { method: 'POST' })).status).toBe(415);
    expect((await post('')).status).toBe(422);
  });

  test('while Redis is away is refused, and left to be sent again', async () => {
    await here.server.kill();
    const answer = await post(csv(csvRows(5)));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' });
    await here.server.restart();
  });

  test('during which Redis goes away is refused, and never applied', async () => {
    const upload = begin();
    upload.write(csv(csvRows(200)));
    await expect.poll(async () => (await newestImport()) !== undefined).toBe(true);
    await here.server.kill();
    upload.end(csvRows(300, 200).join('\n'));
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(503);
    answer.resume();
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
    expect((await newestImport())?.record).toMatchObject({ state: 'receiving', rows: 0 });
  });

  test('is read no faster than Redis takes it', async () => {
    const pieces = 200;
    let read = 0;
    async function* file(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${HEADER}\n`);
      for (; read < pieces; read += 1) yield Buffer.from(`${csvRows(200).join('\n')}\n`);
    }
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const lists = createImportLists(here.world.redis);
    let waiting = false;
    const slow = {
      ...lists,
      async pushChunk(...args: Parameters<typeof lists.pushChunk>) {
        waiting = true;
        await gate;
        await lists.pushChunk(...args);
      },
    };
    const received = receiveImport({ store: here.world.store, lists: slow, uploadKeys: createIdempotencyKeys(here.world.redis, 'upload'), random: realSystem.random, clock: realSystem.clock, log: here.world.log }, { format: 'csv', body: Readable.from(file()), deed: DEED });
    await expect.poll(() => waiting).toBe(true);
    for (let turn = 0; turn < 200; turn += 1) await breathe();
    // What a stream holds ahead of its reader, and no more.
    expect(read).toBeLessThan(40);
    open();
    expect(await received).toMatchObject({ rows: pieces * 200 });
  });
});
