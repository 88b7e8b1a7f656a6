/** Numbers from files and into files, over the command line. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cliRig, NUMBER } from './service.ts';
import { ringthrough } from './terminal.ts';

const rig = cliRig();
const { cli, json } = rig;

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'rt-cli-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const HEADER = 'number,customer,primary,carrier,plan\n';
const good = (last: number): string => `+4420794602${String(last).padStart(2, '0')},acme,pbx,main,\n`;
const isThere = async (number: string) => (await rig.service.request('GET', `/v1/numbers/${number}`)).status === 200;

describe('import', () => {
  it('takes the good rows and names each bad one, and the exit code says so', async () => {
    const path = await file('numbers.csv', `${HEADER}${good(1)}+1,acme,pbx,main,\n${good(2)}+442079460203,nobody,pbx,main,\n`);
    const { exit, output, errors } = await cli(['import', path, '--wait']);
    expect([exit, errors]).toEqual([4, '']);
    expect(output).toMatch(/^Import \S+ is done:\n {2}rows {7}4\n {2}created {4}2\n {2}changed {4}0\n {2}unchanged {2}0\n {2}rejected {3}2\n\nRejected, the others were taken:\n {2}line 3: number_invalid: .+\n {2}line 5: reference_unknown: .+nobody.+\n$/);
    expect([await isThere('+442079460201'), await isThere('+442079460203')]).toEqual([true, false]);
  });

  it('ends well when all rows were taken, also the second time', async () => {
    const path = await file('numbers.csv', HEADER + good(1) + good(2));
    expect((await cli(['import', path, '--wait'])).exit).toBe(0);
    expect(await json(['import', path, '--wait'])).toMatchObject({ state: 'done', rows: 2, unchanged: 2, rejected: 0, rejectedRows: [] });
  });

  it('lists more rejected rows than one answer holds', async () => {
    const path = await file('numbers.csv', HEADER + '+1,acme,pbx,main,\n'.repeat(1234));
    const { output } = await cli(['import', path, '--wait']);
    expect(output.match(/^ {2}line \d+: number_invalid/gm)).toHaveLength(1234);
    expect(output).toContain('\n  line 1235: ');
  });

  it('without --wait says where to look', async () => {
    const { exit, output } = await cli(['import', await file('numbers.csv', HEADER + good(1))]);
    const id = /ringthrough imports (\S+)/.exec(output)?.[1] ?? '';
    expect([exit, output]).toEqual([0, expect.stringContaining('1 row received')]);
    expect(await json(['get', 'imports', id])).toMatchObject({ id, rows: 1 });
    expect(await json(['import', await file('more.csv', HEADER + good(2))])).toEqual({ id: expect.any(String), state: 'applying', rows: 1 });
  });

  it('knows NDJSON by the name, or is told', async () => {
    const row = (last: number): string => `${JSON.stringify({ number: `+4420794602${last}`, customer: 'acme', primary: 'pbx', carrier: 'main' })}\n`;
    expect((await cli(['import', await file('numbers.jsonl', row(10)), '--wait'])).exit).toBe(0);
    expect((await cli(['import', '-', '--format', 'ndjson', '--wait'], { input: row(11) })).exit).toBe(0);
    expect([await isThere('+442079460210'), await isThere('+442079460211')]).toEqual([true, true]);
  });

  it('shows progress only where a person watches, and takes it away', async () => {
    const path = await file('numbers.csv', HEADER + good(1));
    const { output, errors } = await cli(['import', path, '--wait'], { watched: true });
    expect(errors).toMatch(/^\rSending: 100 %.*\r +\r$/s);
    expect(output).not.toContain('Sending');
  });

  it('a header that is wrong is refused as a whole', async () => {
    const { exit, output, errors } = await cli(['import', await file('numbers.csv', `numbre\n${'x\n'.repeat(200_000)}`), '--wait']);
    expect([exit, output]).toEqual([1, '']);
    expect(errors).toMatch(/^error \(import_header_invalid\): /);
  });

  it('a key that does not hold is told, however much is still to be sent', async () => {
    const { exit, errors } = await cli(['import', '-'], { key: 'rt_nobody', input: Readable.from(Array.from({ length: 500 }, () => Buffer.alloc(65_536, 'x'))) });
    expect([exit, errors]).toEqual([1, expect.stringMatching(/^error \(unauthenticated\)/)]);
  });

  it('an input that breaks off leaves nothing behind', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from(HEADER + good(1));
      throw Object.assign(new Error('gone'), { code: 'EIO' });
    }
    const { exit } = await cli(['import', '-', '--wait'], { input: Readable.from(broken()) });
    expect(exit).not.toBe(0);
    expect(await isThere('+442079460201')).toBe(false);
  });

  it.each([['no-such-file.csv', 'there is no such file'], ['.', 'is a folder']])('%s: %s', async (name, what) => {
    const { exit, errors } = await cli(['import', join(folder, name)]);
    expect([exit, errors]).toEqual([2, expect.stringContaining(what)]);
  });

  it('does not wait for a person to type a file', async () => {
    expect(await cli(['import', '-'])).toMatchObject({ exit: 2, errors: expect.stringContaining('nothing on standard input') });
  });
});

describe('export', () => {
  const ROW = `${NUMBER},acme,pbx,main,desk,,\n`;
  const COLUMNS = 'number,customer,primary,carrier,plan,carrierRef,divertBy\n';

  it('writes what an import takes back', async () => {
    const { exit, output, errors } = await cli(['export', 'numbers']);
    expect([exit, output, errors]).toEqual([0, COLUMNS + ROW, '']);
    expect(await json(['import', '-', '--wait'], { input: output })).toMatchObject({ unchanged: 1 });
  });

  it('as NDJSON when asked, or with --json', async () => {
    const line = `${JSON.stringify({ number: NUMBER, customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' })}\n`;
    expect((await cli(['export', 'numbers', '--format', 'ndjson'])).output).toBe(line);
    expect((await cli(['export', 'numbers', '--json'])).output).toBe(line);
  });

  it('into a file, of one customer', async () => {
    await rig.service.ask('PUT', '/v1/customers/other', { name: 'Other' });
    const out = join(folder, 'numbers.csv');
    expect((await cli(['export', 'numbers', '--out', out])).output).toBe(`1 number written to ${out}\n`);
    expect(await readFile(out, 'utf8')).toBe(COLUMNS + ROW);
    expect((await cli(['export', 'numbers', '--out', out, '--customer', 'other'])).output).toBe(`0 numbers written to ${out}\n`);
    expect(await readdir(folder)).toEqual(['numbers.csv']);
  });

  it('a refusal leaves the file that was there', async () => {
    const out = await file('numbers.csv', 'precious');
    expect((await cli(['export', 'numbers', '--out', out, '--customer', 'nobody'])).exit).toBe(1);
    expect([await readFile(out, 'utf8'), await readdir(folder)]).toEqual(['precious', ['numbers.csv']]);
  });

  it('a connection that breaks off leaves the file that was there', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': '1000' });
      response.write(COLUMNS, () => response.destroy());
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const out = await file('numbers.csv', 'precious');
    const { exit, errors } = await ringthrough(['export', 'numbers', '--out', out], { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: 'rt_x' });
    server.close();
    expect([exit, errors]).toEqual([3, expect.stringMatching(/^error \(unreachable\): .*only a part/)]);
    expect([await readFile(out, 'utf8'), await readdir(folder)]).toEqual(['precious', ['numbers.csv']]);
  });

  it('a folder that is not there is told', async () => {
    expect(await cli(['export', 'numbers', '--out', join(folder, 'gone', 'numbers.csv')])).toMatchObject({ exit: 2, errors: expect.stringContaining('there is no such') });
  });
});
