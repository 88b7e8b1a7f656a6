/** What the script does with what it is told: any text arrives as it is, what fails stops nothing else, and nothing is sent that nobody asked for. */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlainAuth } from '../../src/carriers/plain-api.ts';
import type { HttpAuth } from '../../src/domain/http-api.ts';
import type { BagCannot, BagCarrier, BagNumber, BagRequest } from '../../src/gobag/format.ts';
import { cannotLine, createShellIds, numberLines, SCRIPT_END, scriptHead, type ShellCarrier } from '../../src/gobag/shell.ts';
import { createMarks, type As } from '../../src/gobag/text.ts';
import { putScript, type Script } from './script.ts';

const ORDER: NonNullable<BagCarrier['order']> = { before: '<Id>', path: '/orders/', done: '<Is>DONE<', working: '<Is>(NEW|AT_IT)<' };

interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server;
let asked: Asked[];
/** By path; 200 without a body for the others. */
let answers: Map<string, { status: number; headers?: Record<string, string>; body?: string }[]>;
const scripts: Script[] = [];

beforeEach(async () => {
  asked = [];
  answers = new Map();
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      asked.push({ method, path: url, headers, body: Buffer.concat(pieces).toString('utf8') });
      const list = answers.get(url) ?? [];
      const { status = 200, headers: given = {}, body = '' } = (list.length > 1 ? list.shift() : list[0]) ?? {};
      response.writeHead(status, given).end(body);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  for (const script of scripts.splice(0)) await script.close();
});

const SECRET = 'a-"secret"\\of $the `test` & <it>\'s%20+é🎉';
const ENV = { THE_SECRET: SECRET };

function carrier(auth: BagCarrier['auth'] = { by: 'bearer', variable: 'THE_SECRET' }, more: { hmac?: HttpAuth; done?: string; path?: string; order?: BagCarrier['order'] } = {}, place = 1): ShellCarrier {
  const { port } = server.address() as AddressInfo;
  const { hmac, done, path = '', order } = more;
  const about: BagCarrier = { kind: 'http', name: `C${place}`, address: `http://127.0.0.1:${port}${path}`, headers: { accept: 'application/json' }, auth, pauseSeconds: 0, ...(done === undefined ? {} : { done }), ...(order === undefined ? {} : { order }) };
  return { id: `c${place}`, place, about, ...(hmac ? { hmac } : {}) };
}

const request = (path: string, more: Partial<BagRequest> = {}): BagRequest => ({ method: 'POST', path: [path], headers: { 'content-type': 'application/json' }, body: [], ...more });

function numberOf(number: string, more: Partial<BagNumber> = {}): BagNumber {
  const steps = (says: string) => ({ made: [], writes: [request(`/${says}/${number}`, { body: [`{"n":"${number}"}`] })] });
  return { number, primary: 'pbx', customer: 'acme', carrier: 'c1', ref: number, to: ['+447400123456'], was: {}, diverted: false, show: request(`/show/${number}`, { method: 'GET', headers: {} }), divert: steps('divert'), restore: steps('restore'), ...more };
}

async function script(numbers: readonly (BagNumber | BagCannot)[], carriers: readonly ShellCarrier[] = [carrier()], end = SCRIPT_END): Promise<Script> {
  const ids = createShellIds();
  const lines = numbers.map((one) => {
    const of = carriers.find(({ id }) => id === one.carrier);
    if (!of) throw new Error('no such carrier');
    return 'cannot' in one ? cannotLine(one, of) : numberLines(one, of, ids);
  });
  const put = await putScript(scriptHead(carriers, '2026-01-01T00:00:00.000Z') + lines.join('') + end);
  scripts.push(put);
  return put;
}

const paths = () => asked.map(({ method, path }) => `${method} ${path}`);

describe('whatever stands in it', () => {
  it('arrives as it is', async () => {
    const nasty = ['\'; touch x; \'', '$(touch x)`touch x`$HOME', 'a\\b\\n"\t"', 'line\nline\r\n\n', '@file', '-d', '🎉 é \u2028', '%s %d %%', '${THE_SECRET}', '!! *?[a]{b,c} ~', '\\', ''];
    const random = fc.sample(fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.toWellFormed().replaceAll('\0', '')), { numRuns: 20, seed: 7 });
    const texts = [...nasty, ...random];
    const numbers = texts.map((text, at) => numberOf(`+4420794600${String(at).padStart(2, '0')}`, {
      primary: at === 0 ? 'p\'q' : 'pbx', customer: 'acme', to: [text],
      divert: { made: [], writes: [request(`/n/${at}`, { headers: { 'content-type': 'text/plain', 'x-text': text.replace(/[^\x20-\x7e]/g, '').trim() }, body: text === '' ? [] : [text] })] },
    })).map((one) => (one.to[0] === '' ? { ...one, to: ['nothing'] } : one));
    const put = await script(numbers);
    expect(await put.run(['divert', '--yes', '--no-save'], ENV)).toMatchObject({ code: 0, errors: '' });
    expect(asked.map(({ body }) => body)).toEqual(texts);
    expect(asked.map(({ headers }) => headers['x-text'] ?? '')).toEqual(texts.map((text) => text.replace(/[^\x20-\x7e]/g, '').trim()));
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${Buffer.from(SECRET, 'utf8').toString('latin1')}`]));
    expect((await readdir(put.dir)).sort()).toEqual(['gobag-state', 'gobag.sh']);
  });

  it.each<[As, string, (body: string) => unknown]>([
    ['form', 'application/x-www-form-urlencoded', (body) => new URLSearchParams(body).get('key')],
    ['json', 'application/json', (body) => (JSON.parse(body) as { key: string }).key],
    ['xml', 'application/xml', (body) => body.slice('<key>'.length, -'</key>'.length).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')],
  ])('a secret that stands in a body of %s does so too', async (as, type, read) => {
    const around = { form: ['key=', '&x=1'], json: ['{"key":"', '"}'], xml: ['<key>', '</key>'], text: ['', ''] }[as];
    const marks = createMarks(Buffer.from('0123456789'));
    const body = marks.parts(around[0] + marks.secret('THE_SECRET') + around[1], type);
    const put = await script([numberOf('+442079460001', { divert: { made: [], writes: [request('/n', { headers: { 'content-type': type }, body: [...body] })] } })], [carrier({ by: 'body', variable: 'THE_SECRET' })]);
    expect(await put.run(['divert', '--yes', '--no-save'], ENV)).toMatchObject({ code: 0, errors: '' });
    expect(read(asked[0]?.body ?? '')).toBe(SECRET);
    expect((await put.run(['divert', '--dry-run'])).output).toContain(`${around[0]}$THE_SECRET${around[1]}`);
  });

  const user = 'a"user';
  const hmac: HttpAuth = { by: 'hmac', header: 'X-Signature', value: 'ACME {user}:{signature}', sign: '{timestamp}\n{method} {path}?{query}|{target}|{body-sha256}|{body}', hash: 'sha1', encoding: 'hex', timestampHeader: 'X-Time' };
  it.each<[PlainAuth['by'], BagCarrier['auth'], HttpAuth | undefined, (one: Asked) => void]>([
    ['basic', { by: 'basic', variable: 'THE_SECRET', user }, undefined, ({ headers }) => expect(headers.authorization).toBe(`Basic ${Buffer.from(`${user}:${SECRET}`).toString('base64')}`)],
    ['header', { by: 'header', variable: 'THE_SECRET', header: 'X-Key' }, undefined, ({ headers }) => expect(Buffer.from(String(headers['x-key']), 'latin1').toString('utf8')).toBe(SECRET)],
    ['hmac', { by: 'hmac', variable: 'THE_SECRET', user }, hmac, ({ headers, body }) => {
      const sha = createHash('sha256').update(body).digest('hex');
      const text = `${String(headers['x-time'])}\nPOST /v1/n?a=b|/v1/n?a=b|${sha}|${body}`;
      expect(headers['x-signature']).toBe(`ACME ${user}:${createHmac('sha1', SECRET).update(text).digest('hex')}`);
    }],
  ])('and who asks is proved by %s', async (_by, auth, described, check) => {
    const put = await script([numberOf('+442079460001', { divert: { made: [], writes: [request('/n?a=b', { body: ['{"a":"é"}'] })] } })], [carrier(auth, { path: '/v1', ...(described ? { hmac: described } : {}) })]);
    expect(await put.run(['divert', '--yes', '--no-save'], ENV)).toMatchObject({ code: 0, errors: '' });
    const [one] = asked;
    if (one) check(one);
  });
});

describe('a run', () => {
  const [ONE, TWO, THREE] = ['+442079460001', '+442079460002', '+442079460003'];

  it('saves what is there, goes on after a failure, and says in the end what failed', async () => {
    answers.set(`/show/${ONE}`, [{ status: 200, body: 'as it was' }]);
    answers.set(`/divert/${TWO}`, [{ status: 400, body: '{"message":"no such number"}' }]);
    answers.set(`/divert/${THREE}`, [{ status: 429, headers: { 'retry-after': '0' } }, { status: 503, headers: { 'Retry-After': '0' } }, { status: 204 }]);
    const put = await script([ONE, TWO, THREE].map((number) => numberOf(number)));
    const { code, output } = await put.run(['divert', '--yes'], ENV);
    expect(code).toBe(1);
    expect(output).toContain(`diverted ${ONE} to +447400123456\nFAILED ${TWO} (c1): HTTP 400: {"message":"no such number"}\ndiverted ${THREE} to +447400123456\n2 of 3 numbers done, 1 failed, 0 cannot`);
    expect(paths()).toEqual([`GET /show/${ONE}`, `POST /divert/${ONE}`, `GET /show/${TWO}`, `POST /divert/${TWO}`, `GET /show/${THREE}`, ...Array.from({ length: 3 }, () => `POST /divert/${THREE}`)]);
    const saved = await readdir(join(put.dir, 'gobag-state/saved'));
    expect(saved).toHaveLength(3);
    expect(await readFile(join(put.dir, 'gobag-state/saved', saved.find((name) => name.startsWith(ONE)) ?? ''), 'utf8')).toBe('as it was');
    const [failed = ''] = (await readdir(join(put.dir, 'gobag-state'))).filter((name) => name.startsWith('failed-'));
    expect(await readFile(join(put.dir, 'gobag-state', failed), 'utf8')).toMatch(new RegExp(`^\\${TWO}\tHTTP 400`));
  });

  it('leaves alone a carrier that gives no answer, and goes on with the others', async () => {
    const silent = [1, 2, 3, 4].map((at) => `+4420794602${at}0`);
    for (const number of silent) answers.set(`/restore/${number}`, [{ status: 503, headers: { 'retry-after': '0' } }]);
    const other = carrier(undefined, {}, 2);
    const put = await script([...silent.map((number) => numberOf(number)), numberOf(TWO, { carrier: 'c2' })], [carrier(), other]);
    const { code, output } = await put.run(['restore', '--yes'], ENV);
    expect([code, output]).toEqual([1, expect.stringContaining(`FAILED ${silent[3]} (c1): c1 does not answer, and was left alone\nrestored ${TWO}\n1 of 5`)]);
    expect(asked).toHaveLength(10);
  });

  it('believes no carrier that answers 200 whatever became of it', async () => {
    answers.set(`/divert/${ONE}`, [{ status: 200, body: '{ "status": "limit" }' }]);
    answers.set(`/divert/${TWO}`, [{ status: 200, body: '{ "status" :\n"success" }' }]);
    const put = await script([numberOf(ONE), numberOf(TWO)], [carrier(undefined, { done: '"status":"success"' })]);
    expect((await put.run(['divert', '--yes', '--no-save'], ENV)).output).toContain(`FAILED ${ONE} (c1): refused: { "status": "limit" }\ndiverted ${TWO}`);
  });

  it('sends the second of two requests when the first is refused, and takes what is gone already for removed', async () => {
    answers.set('/first', [{ status: 420 }]);
    answers.set('/gone', [{ status: 404 }]);
    const put = await script([numberOf(ONE, { divert: { made: [], writes: [{ ...request('/first'), otherwise: request('/second') }, request('/gone', { method: 'DELETE' })] } })]);
    expect((await put.run(['divert', '--yes', '--no-save'], ENV)).code).toBe(0);
    expect(paths()).toEqual(['POST /first', 'POST /second', 'DELETE /gone']);
  });

  describe('at a carrier that carries out later', () => {
    const ordered = (number: string, id: string, ...states: string[]) => {
      answers.set(`/divert/${number}`, [{ status: 201, body: `<Order>\n <Id> ${id}</Id><Is>NEW</Is></Order>` }]);
      answers.set(`/orders/${id}`, states.map((is) => (is === '503' ? { status: 503 } : { status: 200, body: `<Order><Id>${id}</Id> <Is>${is}</Is><Why>no such TN</Why></Order>` })));
    };
    const slow = () => carrier(undefined, { order: ORDER });

    /** Nobody waits: how long it would have slept is told. */
    async function runAwake(put: Script, more: Record<string, string> = {}) {
      await writeFile(join(put.dir, 'sleep'), '#!/bin/sh\necho "$1" >>"$SLEPT"\n', { mode: 0o700 });
      const slept = join(put.dir, 'slept');
      const ran = await put.run(['divert', '--yes', '--no-save'], { ...ENV, PATH: `${put.dir}:${process.env['PATH'] ?? ''}`, SLEPT: slept, ...more });
      return { ...ran, slept: (await readFile(slept, 'utf8')).split('\n').filter((line) => Number(line) > 0) };
    }

    it('asks until every order has come to its end, and says which failed', async () => {
      ordered(ONE, 'a-1', 'NEW', '503', 'AT_IT', 'DONE');
      ordered(TWO, 'b-2', 'FAILED');
      ordered(THREE, 'c-3', 'DONE');
      const put = await script([ONE, TWO, THREE].map((number) => numberOf(number)), [slow()]);
      const { code, output, slept } = await runAwake(put);
      expect([code, output]).toEqual([1, expect.stringContaining(`FAILED ${TWO} (c1): order b-2 failed: <Order><Id>b-2</Id> <Is>FAILED</Is><Why>no such TN</Why></Order>\ndiverted ${THREE} to +447400123456\ndiverted ${ONE} to +447400123456\n2 of 3 numbers done, 1 failed`)]);
      expect(slept).toEqual(['1', '2', '4']);
      expect(paths().slice(3)).toEqual(['GET /orders/a-1', 'GET /orders/b-2', 'GET /orders/c-3', ...Array.from({ length: 3 }, () => 'GET /orders/a-1')]);
    });

    it('calls none done that is not: one that is never carried out, one that nobody knows, a number with two, and an answer without an order', async () => {
      ordered(ONE, 'a-1', 'AT_IT');
      ordered(TWO, 'b-2', 'DONE');
      answers.set('/orders/b-2', [{ status: 404 }]);
      answers.set(`/divert/${THREE}`, [{ status: 201, body: '<Order/>' }]);
      const four = '+442079460004';
      ordered(four, 'd-4', 'DONE');
      const two = { made: [], writes: [request(`/divert/${four}`), request(`/divert/${ONE}`)] };
      const put = await script([ONE, TWO, THREE].map((number) => numberOf(number)).concat(numberOf(four, { divert: two })), [slow()]);
      const { code, output } = await runAwake(put, { GOBAG_PATIENCE: '2' });
      expect(code).toBe(1);
      expect(output.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([
        `FAILED ${THREE} (c1): it did not say which order it made: <Order/>`,
        `FAILED ${TWO} (c1): what became of order b-2 is not known: HTTP 404: `,
        `FAILED ${ONE} (c1): order a-1 is not carried out yet`,
        `FAILED ${four} (c1): order a-1 is not carried out yet`,
      ]);
      expect(output).toContain('0 of 4 numbers done, 4 failed');
    });
  });

  it('makes what numbers name by its id once, and knows it the next time', async () => {
    answers.set('/made', [{ status: 201, body: '{"data":{"type":"route", "id": 4711,"attributes":{}}}' }]);
    const made = [{ meaning: "number:1'2 $x", request: request('/made'), member: 'id' }];
    const numbers = [ONE, TWO].map((number) => numberOf(number, { divert: { made, writes: [request(`/divert/${number}`, { body: ['{"id":"', { id: "number:1'2 $x" }, '"}'] })] } }));
    const put = await script(numbers);
    expect((await put.run(['restore', '--yes'], ENV)).code).toBe(0);
    expect(paths()).not.toContain('POST /made');
    for (const _ of [1, 2]) expect((await put.run(['divert', '--yes', '--no-save'], ENV)).code).toBe(0);
    expect(asked.slice(2).map(({ path, body }) => `${path} ${body}`)).toEqual(['/made ', `/divert/${ONE} {"id":"4711"}`, `/divert/${TWO} {"id":"4711"}`, `/divert/${ONE} {"id":"4711"}`, `/divert/${TWO} {"id":"4711"}`]);
  });

  it('is for the numbers, primaries and carriers that are named', async () => {
    const put = await script([numberOf(ONE), numberOf(TWO, { primary: 'dc2' }), numberOf(THREE, { primary: 'dc2', carrier: 'c2' }), { number: '+442079460009', primary: 'dc2', customer: 'acme', carrier: 'c1', cannot: 'not-read' }], [carrier(), carrier({ by: 'bearer', variable: 'OTHER' }, {}, 2)]);
    const listed = async (...args: string[]) => (await put.run(['list', ...args])).output.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t').filter((_, at) => at !== 2).join(' ')]));
    expect(await listed()).toEqual([`${ONE} pbx c1 +447400123456`, `${TWO} dc2 c1 +447400123456`, `${THREE} dc2 c2 +447400123456`, '+442079460009 dc2 c1 cannot: not-read']);
    expect(await listed('pbx', THREE)).toEqual([`${ONE} pbx c1 +447400123456`, `${THREE} dc2 c2 +447400123456`]);
    expect(await listed('--carrier', 'c2')).toEqual([`${THREE} dc2 c2 +447400123456`]);
    // Of the carriers that are left out no secret is needed.
    expect((await put.run(['divert', '--yes', '--no-save', '--carrier', 'c1', 'dc2'], ENV))).toMatchObject({ code: 1, output: expect.stringContaining('1 of 2 numbers done, 0 failed, 1 cannot') as string });
    expect(paths()).toEqual([`POST /divert/${TWO}`]);
  });

  it('sends nothing that nobody asked for', async () => {
    const put = await script([numberOf(ONE)]);
    const cut = await script([numberOf(ONE)], [carrier()], '');
    const ended = async (on: Script, args: string[], env: Record<string, string> = ENV) => {
      const { code, errors } = await on.run(args, env);
      return [code, errors];
    };
    expect(await ended(put, ['divert', '--yes'], {})).toEqual([3, 'gobag: set these in the environment first: THE_SECRET\n']);
    expect(await ended(put, ['divert'])).toEqual([4, 'gobag: there is nobody to ask: say --yes\n']);
    expect(await ended(put, ['divert', '--yes', 'pbx2'])).toEqual([2, expect.stringContaining('none of these')]);
    expect(await ended(put, ['divert', '--soon'])).toEqual([2, 'gobag: there is no option --soon\n']);
    expect(await ended(put, [])).toEqual([2, expect.stringContaining('Usage')]);
    expect(await ended(cut, ['divert', '--yes'])).toEqual([2, expect.stringContaining('is only a part')]);
    const { output, code } = await put.run(['divert', '--dry-run']);
    expect([code, output]).toEqual([0, expect.stringContaining(`POST http://127.0.0.1:`)]);
    expect(asked).toEqual([]);
  });
});
