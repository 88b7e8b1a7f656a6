/** The chain of audit entries: whatever is done to it behind the service's back is found, and the first entry that does not fit is named. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkAudit, publishAuditHead, PUBLISH_HEAD_MS, readAuditHead, type AuditCheck, type AuditPosition } from '../../src/store/audit-chain.ts';
import { createDraft } from '../../src/store/draft.ts';
import { keys } from '../../src/store/keys.ts';
import { createStore } from '../../src/store/store.ts';
import { eachWorld } from '../support/each-world.ts';
import { put } from '../support/world.ts';

const here = eachWorld();

async function write(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await put(here.world.store, 'customers', `c${at % 7}`, { name: `${at} ${'ü'.repeat(at % 5)}` });
}

/** The whole check, page by page. */
async function check(limit = 1_000_000, witness?: { id: string; hash: string }): Promise<AuditCheck> {
  let after: AuditPosition | undefined;
  let checked = 0;
  let unchained = 0;
  for (;;) {
    const page = await checkAudit(here.world.redis, { limit, ...(after ? { after } : {}), ...(witness ? { witness } : {}) });
    checked += page.checked;
    unchained += page.unchained;
    if (!page.next) return { ...page, checked, unchained };
    after = page.next;
  }
}

type Stored = [id: string, fields: string[]][];
const read = async (): Promise<Stored> => here.world.redis.xrange(keys.audit, '-', '+');

/** The stream written anew, as only somebody with Redis in hand can. */
async function replace(entries: Stored): Promise<void> {
  await here.world.redis.del(keys.audit);
  for (const [id, fields] of entries) await here.world.redis.xadd(keys.audit, id, ...fields);
}

test('nothing, one, and many entries are intact, in pages of any size', async () => {
  expect(await check()).toEqual({ checked: 0, unchained: 0 });
  await write(1);
  expect(await check()).toEqual({ checked: 1, unchained: 0, head: await readAuditHead(here.world.redis) });
  await write(901);
  for (const limit of [1, 500, 10_000]) expect(await check(limit)).toMatchObject({ checked: 901, unchained: 0 });
  expect((await check()).fault).toBeUndefined();
});

test('several entries of one commit are links like any other', async () => {
  const draft = createDraft();
  for (const customer of ['acme', 'globex', undefined]) draft.audit({ at: 1, by: { key: 'x', role: 'admin' }, action: 'test', changes: [], ...(customer ? { customer } : {}) });
  await here.world.store.commit(draft);
  expect(await check()).toMatchObject({ checked: 3, head: { id: '1-2' } });
});

describe('what is done behind its back', () => {
  beforeEach(() => write(12));

  test('an entry in the middle deleted: the one after it is named', async () => {
    await here.world.redis.xdel(keys.audit, '5-0');
    expect(await check()).toMatchObject({ checked: 4, fault: { id: '6-0', why: 'gap' } });
  });

  test('the last ones deleted: what was last is named', async () => {
    await here.world.redis.xdel(keys.audit, '12-0', '11-0');
    expect(await check()).toMatchObject({ checked: 10, fault: { id: '12-0', why: 'end' } });
  });

  test('the first ones deleted, as if they had been trimmed', async () => {
    await here.world.redis.xdel(keys.audit, '1-0', '2-0');
    expect((await check()).fault).toEqual({ id: '3-0', why: 'beginning' });
  });

  test('all of them deleted', async () => {
    await here.world.redis.del(keys.audit);
    expect((await check()).fault).toEqual({ id: '1-0', why: 'end' });
  });

  test('an entry added at the end, and one that more entries follow', async () => {
    await here.world.redis.xadd(keys.audit, '12-7', 'c', '', 'e', '{"at":1,"changes":[]}');
    expect((await check()).fault).toEqual({ id: '12-7', why: 'unchained' });
    await write(13);
    expect((await check()).fault).toEqual({ id: '12-7', why: 'unchained' });
  });

  test('an entry added at the end with hashes of its own', async () => {
    const [, fields] = (await read()).at(-1) ?? ['', []];
    await here.world.redis.xadd(keys.audit, '12-7', ...fields);
    expect((await check()).fault).toEqual({ id: '12-7', why: 'gap' });
  });

  test.each([['its content', 3, 'content'], ['the customer whose it is', 1, 'hash'], ['its SHA-256', 5, 'content'], ['the hash before it', 7, 'gap'], ['its hash', 9, 'hash']] as const)('a change of %s', async (_what, field, why) => {
    const entries = await read();
    const fields = entries[6]?.[1] ?? [];
    fields[field] = field === 1 ? 'globex' : (fields[field] ?? '').replace(/[0-9a]/, (digit) => (digit === '1' ? '2' : '1'));
    await replace(entries);
    expect((await check()).fault).toEqual({ id: '7-0', why });
  });

  test('the head taken away, with and without a commit afterwards', async () => {
    await here.world.redis.del(keys.auditHead);
    expect((await check()).fault).toEqual({ id: '1-0', why: 'beginning' });
    await put(here.world.store, 'customers', 'later', { name: 'later' });
    expect((await check()).fault).toEqual({ id: '1-0', why: 'beginning' });
  });

  test('all hashes taken away, as if the entries were from before there was a chain', async () => {
    await replace((await read()).map(([id, fields]) => [id, fields.slice(0, 4)]));
    expect((await check()).fault).toEqual({ id: '1-0', why: 'unchained' });
  });

  test('two entries exchanged', async () => {
    const entries = await read();
    const [one, two] = [entries[3]?.[1] ?? [], entries[4]?.[1] ?? []];
    await replace(entries.map(([id, fields], at) => [id, at === 3 ? two : at === 4 ? one : fields]));
    expect((await check()).fault).toEqual({ id: '4-0', why: 'gap' });
  });

  test('the whole computed anew is found by a head that was published before, and by nothing else', async () => {
    const published = await readAuditHead(here.world.redis);
    if (!published) throw new Error('there is no head');
    expect((await check(1_000_000, published)).fault).toBeUndefined();
    await here.server.flush();
    await put(here.world.store, 'customers', 'forged', { name: 'forged' });
    await write(20);
    expect((await check()).fault).toBeUndefined();
    expect((await check(1_000_000, published)).fault).toEqual({ id: '12-0', why: 'witness' });
    expect((await check(1_000_000, { ...published, id: '99-0' })).fault).toEqual({ id: '99-0', why: 'witness' });
  });
});

test('any one entry changed in any place is named, or the one after it', async () => {
  await write(20);
  const entries = await read();
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 19 }), fc.nat({ max: 4 }), fc.nat(), async (at, part, place) => {
      const changed = entries.map(([id, fields]): [string, string[]] => [id, [...fields]]);
      const fields = changed[at]?.[1] ?? [];
      const text = fields[part * 2 + 1] ?? '';
      const index = text === '' ? 0 : place % text.length;
      fields[part * 2 + 1] = `${text.slice(0, index)}${text[index] === 'x' ? 'y' : 'x'}${text.slice(index + 1)}`;
      await replace(changed);
      const { fault } = await check();
      // The first of all stands on nothing that is kept.
      expect([`${at + 1}-0`, `${at + 2}-0`]).toContain(fault?.id);
    }),
    { numRuns: 60 },
  );
});

test('entries from before there was a chain are taken at its beginning alone', async () => {
  await here.world.redis.xadd(keys.audit, '0-1', 'c', '', 'e', '{"at":1,"changes":[]}');
  await here.world.redis.xadd(keys.audit, '0-2', 'c', '', 'e', '{"at":2,"changes":[]}');
  expect(await check()).toEqual({ checked: 0, unchained: 2 });
  await write(3);
  expect(await check(1)).toMatchObject({ checked: 3, unchained: 2 });
  expect((await check()).fault).toBeUndefined();
});

test('what is trimmed away in good order breaks nothing, and what is deleted beyond that is found', async () => {
  const small = createStore(here.world.redis, { auditKept: 50 });
  for (let at = 0; at < 500; at += 1) {
    const draft = createDraft();
    draft.audit({ at, by: { key: 'x', role: 'admin' }, action: 'test', changes: [] });
    await small.commit(draft);
    if (at % 50 === 49) expect((await check()).fault, `${at}`).toBeUndefined();
  }
  const [first] = await read();
  expect(Number(first?.[0].split('-')[0])).toBeGreaterThan(1);
  await here.world.redis.xdel(keys.audit, first?.[0] ?? '');
  expect((await check()).fault?.why).toBe('beginning');
});

test('the entries that are kept take no more than they may, the oldest go first, and the chain stays whole', async () => {
  const { redis } = here.world;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ size: fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 40_000 })), times: fc.integer({ min: 1, max: 4 }), customer: fc.constantFrom(undefined, 'acme') }), { minLength: 5, maxLength: 40 }), fc.integer({ min: 500, max: 30_000 }), fc.integer({ min: 1, max: 30 }), async (commits, auditKeptBytes, auditKept) => {
      await here.server.flush();
      const small = createStore(redis, { auditKept, auditKeptBytes });
      const sizes: [id: string, bytes: number][] = [];
      for (const { size, times, customer } of commits) {
        const draft = createDraft();
        const entry = { at: 1, by: { key: 'x', role: 'admin' }, action: 'x'.repeat(size), changes: [], ...(customer === undefined ? {} : { customer }) } as const;
        for (let time = 0; time < times; time += 1) draft.audit(entry);
        const committed = await small.commit(draft);
        const revision = 'revision' in committed ? committed.revision : 0;
        for (let time = 0; time < times; time += 1) sizes.push([`${revision}-${time}`, JSON.stringify(entry).length + (customer ?? '').length + 200]);
        // What is kept is as much of the newest as fits, and the last one in any case.
        const fits = (count: number): boolean => count <= auditKept && sizes.slice(-count).reduce((sum, [, bytes]) => sum + bytes, 0) <= auditKeptBytes;
        let most = 1;
        while (most < sizes.length && fits(most + 1)) most += 1;
        expect((await read()).map(([id]) => id)).toEqual(sizes.slice(-most).map(([id]) => id));
        expect(Number(await redis.hget(keys.auditHead, 'bytes'))).toBe(sizes.slice(-most).reduce((sum, [, bytes]) => sum + bytes, 0));
      }
      expect((await check()).fault).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

test('a limit that is lowered is reached over some commits, also past entries that were never counted or that somebody put there', async () => {
  const { redis } = here.world;
  await write(700);
  // As they were before entries were counted.
  await redis.hdel(keys.auditHead, 'bytes', 'counted');
  await redis.xadd(keys.audit, '700-9', 'odd', 'one');
  const small = createStore(redis, { auditKept: 1000, auditKeptBytes: 3000 });
  await small.commit((() => { const draft = createDraft(); draft.audit({ at: 1, by: { key: 'x', role: 'admin' }, action: 'test', changes: [] }); return draft; })());
  expect((await read()).length).toBe(702);
  const fewer = createStore(redis, { auditKept: 10, auditKeptBytes: 3000 });
  for (let at = 0; at < 12; at += 1) {
    const draft = createDraft();
    draft.audit({ at, by: { key: 'x', role: 'admin' }, action: 'test', changes: [] });
    await fewer.commit(draft);
  }
  expect((await read()).length).toBeLessThanOrEqual(10);
  expect(Number(await redis.hget(keys.auditHead, 'bytes'))).toBeLessThanOrEqual(3000);
  expect((await check()).fault).toBeUndefined();
});

test('a check that goes on while others write and trim finds no fault', async () => {
  const small = createStore(here.world.redis, { auditKept: 700 });
  const one = async (): Promise<void> => {
    const draft = createDraft();
    draft.audit({ at: 1, by: { key: 'x', role: 'admin' }, action: 'test', changes: [] });
    await small.commit(draft);
  };
  await Promise.all(Array.from({ length: 900 }, one));
  const writing = Promise.all(Array.from({ length: 1500 }, one));
  const checks = await Promise.all(Array.from({ length: 10 }, () => check(500)));
  await writing;
  for (const { fault } of [...checks, await check()]) expect(fault).toBeUndefined();
});

test('the head is published in the log, once an hour and only when it is another', async () => {
  let tick = (): void => undefined;
  let period = 0;
  const timers = { after: () => () => undefined, every: (ms: number, task: () => void) => ((period = ms), (tick = task), (): void => void (tick = () => undefined)) };
  const published = (): Record<string, unknown>[] => here.world.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['msg'] === 'the head of the audit trail');
  await write(3);
  const stop = publishAuditHead({ redis: here.world.redis, log: here.world.log, timers });
  await expect.poll(published).toMatchObject([{ head: `3-0:${(await readAuditHead(here.world.redis))?.hash}` }]);
  expect(period).toBe(PUBLISH_HEAD_MS);
  tick();
  await write(4);
  // Both ticks ask in their order, so when the second is answered the first one was, and said nothing.
  tick();
  await expect.poll(() => published().length).toBe(2);
  expect(published()[1]).toMatchObject({ head: expect.stringMatching(/^4-0:[0-9a-f]{40}$/) as string });
  stop();
});
