/** The spool on the local disk: what it took is there for the next process, in order; and it never takes what it cannot keep. */
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSpool, spooled, type Spool } from '../../src/spool/spool.ts';
import { createKeptLog } from '../support/kept-log.ts';

const MB = 1_048_576;
let dir: string;
let opened: Spool[] = [];
const { log, lines } = createKeptLog();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rt-spool-'));
  lines.length = 0;
});
afterEach(async () => {
  for (const spool of opened) await spool.close();
  opened = [];
  await rm(dir, { recursive: true, force: true });
});

async function open(maxBytes = 10 * MB, at = dir): Promise<Spool> {
  const spool = createSpool({ dir: at, maxBytes, log, now: () => 7 });
  opened.push(spool);
  await spool.open();
  return spool;
}

const values = async (spool: Spool, name: 'claims' | 'orders' = 'claims'): Promise<unknown[]> => (await spool.queue(name).oldest(1000)).map(({ value }) => value);

test('what was taken is there for the next process, in order, each queue for itself', async () => {
  const first = await open();
  for (const value of [{ n: 1 }, { n: 2 }]) await first.queue('claims').append([value, 'é\n']);
  await first.queue('orders').append(['divert']);
  await first.close();

  const second = await open();
  expect(await values(second)).toEqual([{ n: 1 }, 'é\n', { n: 2 }, 'é\n']);
  expect(await values(second, 'orders')).toEqual(['divert']);
  expect([spooled(second), second.bytes]).toEqual([5, 7 + 6 + 7 + 6 + 8]);
  await second.queue('claims').append(['last']);
  expect((await values(second)).at(-1)).toBe('last');
});

test('what was removed is gone, and only that', async () => {
  const spool = await open();
  const queue = spool.queue('claims');
  await queue.append(['a', 'b', 'c']);
  const [, second] = await queue.oldest(2);
  await queue.remove([second?.number ?? -1]);
  expect([await values(spool), queue.size]).toEqual([['a', 'c'], 2]);
  await queue.remove((await queue.oldest(9)).map(({ number }) => number));
  await spool.close();
  const next = await open();
  expect([spooled(next), next.bytes]).toEqual([0, 0]);
});

test('what others send leaves room for calls and orders', async () => {
  const spool = await open(100);
  await spool.queue('notifications').append(['x'.repeat(70)]);
  await expect(spool.queue('notifications').append(['more'])).rejects.toThrow('SPOOL_MAX_MB');
  for (const name of ['claims', 'orders'] as const) await spool.queue(name).append(['more']);
  expect(spooled(spool)).toBe(3);
});

test('many appends at once are all kept, in the order in which they were asked for', async () => {
  const spool = await open();
  await Promise.all(Array.from({ length: 200 }, (_, at) => spool.queue('claims').append([at])));
  expect(await values(spool)).toEqual(Array.from({ length: 200 }, (_, at) => at));
});

test('it takes no more than it may, whole or not at all, and takes again when there is room', async () => {
  const spool = await open(100);
  const queue = spool.queue('claims');
  await queue.append(['x'.repeat(60)]);
  await expect(queue.append(['small', 'y'.repeat(40)])).rejects.toThrow('SPOOL_MAX_MB');
  expect([await values(spool), spool.bytes]).toEqual([['x'.repeat(60)], 62]);
  await queue.remove((await queue.oldest(1)).map(({ number }) => number));
  await queue.append(['small', 'y'.repeat(40)]);
  expect(queue.size).toBe(2);
});

describe('a disk that does not do', () => {
  test('a place that cannot be written: nothing is taken, and it is said', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    const spool = await open(MB, join(file, 'spool'));
    await expect(spool.queue('claims').append(['x'])).rejects.toThrow('ENOTDIR');
    expect(spooled(spool)).toBe(0);
    expect(lines.join()).toContain('the spool on the local disk cannot be used');
  });

  test.each([
    ['is no database', async (file: string) => writeFile(file, Buffer.alloc(50_000, 'no database ')), 2],
    ['is cut off', async (file: string) => truncate(file, 12_288), 2],
    ['is cut off at its head', async (file: string) => truncate(file, 5000), 2],
  ])('a file that %s is put away and said, and a new one begun', async (_what, damage) => {
    const before = await open();
    await before.queue('claims').append(Array.from({ length: 500 }, () => 'x'.repeat(500)));
    await before.close();
    await damage(join(dir, 'spool.mdb'));
    const spool = await open();
    await spool.queue('claims').append(['new']);
    expect(await values(spool)).toEqual(['new']);
    expect(await readdir(dir)).toContain('spool.mdb.broken-7');
    expect(lines.join()).toContain('was put away');
  });
});

test('what is not open takes nothing', async () => {
  const spool = createSpool({ dir, maxBytes: MB, log, now: () => 0 });
  await expect(spool.queue('claims').append(['x'])).rejects.toThrow('not open');
  await spool.open();
  await spool.close();
  await expect(spool.queue('claims').append(['x'])).rejects.toThrow('closed');
});
