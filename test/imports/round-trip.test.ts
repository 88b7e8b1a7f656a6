import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEED, put, type World } from '../support/world.ts';
import { eachService } from './each-service.ts';
import { applyAll, csv, csvRows, HEADER, londonNumber, openService, putPeople } from './support.ts';

const at = eachService();
const { here } = at;

/** Uploads a file and applies it; what the import says of itself then. */
async function upload(body: string, type = 'text/csv'): Promise<Record<string, unknown>> {
  const answer = await fetch(`${at.service.url}/v1/imports`, { method: 'POST', headers: { 'content-type': type, 'ringthrough-reason': 'moving in' }, body });
  expect(answer.status).toBe(202);
  const accepted = (await answer.json()) as { id: string; state: string; rows: number };
  expect(answer.headers.get('location')).toBe(`/v1/imports/${accepted.id}`);
  expect(accepted).toMatchObject({ state: 'applying' });
  await applyAll(here.world.store, here.world.redis, accepted.id);
  return (await (await fetch(`${at.service.url}/v1/imports/${accepted.id}`)).json()) as Record<string, unknown>;
}

async function download(headers: Record<string, string> = {}, query = ''): Promise<string> {
  const answer = await fetch(`${at.service.url}/v1/exports/numbers${query}`, { headers });
  expect(answer.status).toBe(200);
  return answer.text();
}

const SAMPLE = '+442079460123,acme,pbx,main,desk,,';

describe('import, then export', () => {
  test('a few hundred rows of CSV come back as they went in', async () => {
    const rows = csvRows(700);
    expect(await upload(csv(rows))).toMatchObject({ state: 'done', format: 'csv', rows: 700, created: 700, rejected: 0, rejectedRows: [], reason: 'moving in', by: { key: 'boss', role: 'admin' } });
    const exported = await download();
    expect(exported).toBe(csv([SAMPLE, ...rows]));
    expect(await upload(exported)).toMatchObject({ rows: 701, unchanged: 701, created: 0, changed: 0 });
  });

  test('columns in any order, with a byte order mark, quotes, blanks and CRLF', async () => {
    const body = `\uFEFFcarrier,"number", plan ,customer,primary\r\nmain,"${londonNumber(1)}", shared ,acme,"pbx"\r\n\r\nmain, ${londonNumber(0)},,acme,pbx`;
    expect(await upload(body, 'text/csv; charset=utf-8')).toMatchObject({ rows: 2, created: 2 });
    expect(await download()).toBe(csv([SAMPLE, `${londonNumber(0)},acme,pbx,main,,,`, `${londonNumber(1)},acme,pbx,main,shared,,`]));
  });

  test('NDJSON comes back as it went in', async () => {
    const rows = Array.from({ length: 300 }, (_, at) => JSON.stringify({ number: londonNumber(at), customer: 'globex', primary: 'pbx', carrier: 'main', ...(at % 2 ? { plan: 'globex-desk' } : {}), ...(at % 3 ? { carrierRef: `PN${at}` } : {}) }));
    expect(await upload(rows.join('\n'), 'application/x-ndjson')).toMatchObject({ format: 'ndjson', created: 300 });
    expect((await download({ accept: 'application/x-ndjson' }, '?customer=globex')).trim().split('\n')).toEqual(rows);
  });

  test('whatever valid rows are imported come back, the last of each number', async () => {
    const customer = fc.constantFrom('acme', 'globex');
    const row = customer.chain((owner) =>
      fc.record({
        number: fc.integer({ min: 0, max: 400 }).map(londonNumber),
        customer: fc.constant(owner),
        primary: fc.constantFrom('pbx', 'other-pbx'),
        carrier: fc.constant('main'),
        plan: fc.constantFrom('', 'shared', owner === 'acme' ? 'desk' : 'globex-desk'),
        carrierRef: fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)),
        divertBy: fc.constantFrom('', 'call'),
      }),
    );
    await put(here.world.store, 'primaries', 'other-pbx', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 500, size: 'max' }), fc.boolean(), async (rows, asCsv) => {
        await here.server.flush();
        await putPeople(here.world.store);
        await put(here.world.store, 'primaries', 'other-pbx', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
        const body = asCsv ? csv(rows.map((one) => Object.values(one).join(','))) : rows.map((one) => JSON.stringify(one)).join('\n');
        const { created, changed, unchanged, rejected } = await upload(body, asCsv ? 'text/csv' : 'application/x-ndjson');
        const last = new Map(rows.map((one) => [one.number, one]));
        const expected = [...last.values()].sort((one, other) => (`${one.customer} ${one.number}` < `${other.customer} ${other.number}` ? -1 : 1));
        expect((await download()).trim().split('\n').filter((line) => line !== SAMPLE)).toEqual([HEADER, ...expected.map((one) => Object.values(one).join(','))]);
        expect(created).toBe(last.size);
        expect(Number(created) + Number(changed) + Number(unchanged)).toBe(rows.length);
        expect(rejected).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the export', () => {
  test('gives a customer its own numbers alone', async () => {
    await upload(csv([`${londonNumber(1)},globex,pbx,main,,,`]));
    at.service.actor = { key: 'theirs', role: 'viewer', customer: 'globex' };
    expect(await download()).toBe(csv([`${londonNumber(1)},globex,pbx,main,,,`]));
    expect((await fetch(`${at.service.url}/v1/exports/numbers?customer=acme`)).status).toBe(404);
    at.service.actor = { key: 'ours', role: 'viewer' };
    expect(await download({}, '?customer=acme')).toBe(csv([SAMPLE]));
    expect((await fetch(`${at.service.url}/v1/exports/numbers?customer=nobody`)).status).toBe(404);
  });

  test('has a header alone when there are no numbers', async () => {
    expect(await download({}, '?customer=globex')).toBe(csv([]));
    expect(await download({ accept: 'application/x-ndjson;q=0.9, text/csv;q=0.1' }, '?customer=globex')).toBe('');
  });

  test('leaves out what cannot be read, and says so in the log', async () => {
    await upload(csv(csvRows(2)));
    const shard = (await here.world.redis.keys('*:numbers:*'))[0] ?? '';
    const [broken = ''] = await here.world.redis.hkeys(shard);
    await here.world.redis.hset(shard, broken, 'garbage');
    const lines = (await download()).trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.some((line) => line.startsWith(broken))).toBe(false);
    expect(here.world.lines.some((line) => line.includes('an export leaves out numbers'))).toBe(true);
  });

  test('is answered as a problem when Redis is away from the start', async () => {
    await here.server.kill();
    const answer = await fetch(`${at.service.url}/v1/exports/numbers`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    await here.server.restart();
  });

  test('cuts the connection when Redis goes away in the middle', async () => {
    await upload(csv(csvRows(1200)));
    let pages = 0;
    const dying = {
      ...here.world.store,
      page: async (...args: Parameters<World['store']['page']>) => {
        pages += 1;
        if (pages === 3) await here.server.kill();
        return here.world.store.page(...args);
      },
    };
    const doomed = await openService(here.world, dying);
    const answer = await fetch(`${doomed.url}/v1/exports/numbers`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(pages).toBe(3);
    await here.server.restart();
    await expect.poll(() => here.world.redis.status).toBe('ready');
    await doomed.close();
  });
});

describe('the lists', () => {
  test('imports come newest first, page by page, and rejected rows too', async () => {
    const ids: unknown[] = [];
    for (let at = 0; at < 3; at += 1) ids.push((await upload(csv(Array.from({ length: 4 }, () => `bad${at},acme,pbx,main,,,`))))['id']);
    type Page = { items: { id: string; line: number; detail: string }[]; next?: string };
    const get = async (path: string): Promise<Page> => (await (await fetch(`${at.service.url}${path}`)).json()) as Page;
    const first = await get('/v1/imports?limit=2');
    const second = await get(`/v1/imports?limit=2&cursor=${first.next}`);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id))).toEqual(new Set(ids));
    expect(second.next).toBeUndefined();
    const newestFirst = [...first.items, ...second.items].map(({ id }) => id.slice(0, 18));
    expect(newestFirst).toEqual(newestFirst.toSorted().toReversed());
    const rejected = await get(`/v1/imports/${String(ids[0])}/rejected?limit=3`);
    expect(rejected.items.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect((await get(`/v1/imports/${String(ids[0])}/rejected?limit=3&cursor=${rejected.next}`)).items.map(({ line }) => line)).toEqual([5]);
    expect((await fetch(`${at.service.url}/v1/imports/nothing`)).status).toBe(404);
    expect((await fetch(`${at.service.url}/v1/imports/${String(ids[0])}/rejected?cursor=WyJ4Il0`)).status).toBe(400);
    expect(await (await fetch(`${at.service.url}/v1/imports/${String(ids[0])}`)).json()).toMatchObject({ startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), endedAt: new Date(DEED.at).toISOString() });
  });
});
