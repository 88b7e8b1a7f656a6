/** Records and keys over the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'rt-cli-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('records', () => {
  it('what get shows can be edited and put back', async () => {
    const plan = (await json(['get', 'plans', 'desk'])) as Record<string, unknown>;
    const path = join(folder, 'plan.json');
    await writeFile(path, JSON.stringify({ ...plan, name: 'Front desk' }));
    const { exit, output } = await cli(['put', 'plans', 'desk', path]);
    expect([exit, output]).toEqual([0, expect.stringMatching(/^Stored:\nid {27}desk\n[^]*\nname {25}Front desk\n/)]);
    expect(await rig.service.ask('GET', '/v1/plans/desk')).toMatchObject({ name: 'Front desk', destinations: plan['destinations'] });
  });

  it('put reads standard input', async () => {
    expect((await cli(['put', 'customers', 'other'], { input: '{"name":"Öther"}' })).exit).toBe(0);
    expect((await cli(['put', 'customers', 'third', '-'], { input: '{"name":"Third"}' })).exit).toBe(0);
    expect(await json(['get', 'customers'])).toMatchObject({ items: [{ id: 'acme' }, { id: 'other', name: 'Öther' }, { id: 'third' }] });
  });

  it.each([
    ['nothing', undefined, 'There is nothing on standard input'],
    ['no JSON', '{"name"', 'not valid JSON'],
    ['a file that is not there', undefined, 'there is no such file'],
  ])('put with %s is wrong usage', async (what, input, words) => {
    const { exit, output, errors } = await cli(['put', 'customers', 'x', ...(what.startsWith('a file') ? [join(folder, 'gone.json')] : [])], input === undefined ? {} : { input });
    expect([exit, output, errors]).toEqual([2, '', expect.stringContaining(words)]);
  });

  it('shows a record field by field, and a list record by record', async () => {
    await rig.service.ask('PUT', '/v1/customers/other', { name: 'Other' });
    const carrier = (await cli(['get', 'carriers', 'main'])).output;
    for (const line of [/^id {22}main$/m, /^etag {20}"[\w-]{22}"$/m, /^kind {20}twilio$/m, /^name {20}Main trunk$/m, /^credentials\.accountSid {2}AC0+$/m, /^credentials\.authToken {3}\(encrypted\)$/m]) expect(carrier).toMatch(line);
    expect((await cli(['get', 'customers'])).output).toMatch(/^id +acme\n[^]*\n\nid +other\n/);
    expect((await cli(['get', 'imports'])).output).toBe('No imports.\n');
    expect(await cli(['get', 'customers', '--limit', '1'])).toMatchObject({ output: expect.not.stringContaining('other'), errors: 'There are more than these 1; see --limit.\n' });
  });

  it('a number is found however it is written, with + and all', async () => {
    expect(await json(['get', 'numbers', NUMBER])).toMatchObject({ number: NUMBER, plan: 'desk' });
  });

  it('delete takes one away, unless others need it', async () => {
    const needed = await cli(['delete', 'customers', 'acme']);
    expect([needed.exit, needed.errors]).toEqual([1, expect.stringMatching(/^error \(in_use\): .*\n {2}hint: /)]);
    expect((await cli(['delete', 'numbers', NUMBER])).output).toBe(`numbers/${NUMBER} is deleted.\n`);
    expect(await cli(['delete', 'numbers', NUMBER, '--json'])).toMatchObject({ exit: 1, output: '' });
  });

  it.each([['bananas'], ['keys'], ['imports']])('put %s is wrong usage', async (kind) => {
    expect(await cli(['put', kind, 'x'], { input: '{}' })).toMatchObject({ exit: 2, errors: expect.stringContaining('Allowed choices are customers, plans, primaries, numbers, carriers') });
  });

  it('an id cannot lead elsewhere', async () => {
    await rig.service.ask('PUT', '/v1/plans/spare', { destinations: [{ to: 'voicemail' }] });
    expect((await cli(['delete', 'customers', '../plans/spare'])).exit).toBe(1);
    expect((await cli(['delete', 'customers', '..'])).exit).toBe(2);
    expect((await cli(['get', 'customers', ''])).exit).toBe(2);
    expect((await rig.service.request('GET', '/v1/plans/spare')).status).toBe(200);
  });

  it('every field that is wrong is named', async () => {
    const { exit, errors } = await cli(['put', 'customers', 'x'], { input: '{"nmae":"X"}' });
    expect([exit, errors]).toEqual([1, expect.stringMatching(/^error \(request_invalid\): (?=.*\/nmae)(?=.*\/name).*\n$/)]);
  });
});

describe('carriers list', () => {
  it('never shows a secret', async () => {
    expect((await cli(['carriers', 'list'])).output).toBe(`ID    KIND    ACCOUNT${' '.repeat(ACCOUNT.length - 7)}  NAME\nmain  twilio  ${ACCOUNT}  Main trunk\n`);
    expect(JSON.stringify(await json(['carriers', 'list']))).not.toContain('a-token-of-the-test');
  });
});

describe('keys', () => {
  it('are made, hold, are listed without themselves, and taken away', async () => {
    const { exit, output } = await cli(['keys', 'create', 'desk', '--role', 'viewer', '--customer', 'acme', '--name', 'Front desk', '--expires', '2127-01-31']);
    const key = /^ {2}(rt_\S+)$/m.exec(output)?.[1] ?? '';
    expect([exit, output]).toEqual([0, expect.stringMatching(/^Key desk \(viewer of acme\), shown this once:\n/)]);
    expect((await cli(['get', 'numbers'], { key })).output).toContain(NUMBER);
    const listed = await cli(['keys', 'list']);
    expect(listed.output).toMatch(/^desk +viewer +acme +2127-01-31 00:00:00 +- +Front desk$/m);
    expect(listed.output).not.toContain('rt_');
    expect((await cli(['keys', 'delete', 'desk'])).output).toBe('Key desk is deleted: it opens nothing any more.\n');
    expect((await cli(['get', 'numbers'], { key })).exit).toBe(1);
  });

  it('one that is there is never changed by making it again', async () => {
    await cli(['keys', 'create', 'desk', '--role', 'viewer']);
    expect(await cli(['keys', 'create', 'desk', '--role', 'admin'])).toMatchObject({ exit: 1, output: '', errors: expect.stringContaining('There is a key desk already') });
    expect(await rig.service.ask('GET', '/v1/keys/desk')).toMatchObject({ role: 'viewer' });
  });

  it('is shown to machines as the API answers', async () => {
    expect(await json(['keys', 'create', 'bot', '--role', 'operator'])).toMatchObject({ id: 'bot', role: 'operator', key: expect.stringMatching(/^rt_/) });
  });

  it.each([
    [['keys', 'create', 'x'], '--role'],
    [['keys', 'create', 'x', '--role', 'boss'], 'viewer, operator, admin'],
    [['keys', 'create', 'x', '--role', 'viewer', '--expires', 'soon'], 'not a moment'],
  ])('%j is wrong usage', async (argv, words) => {
    expect(await cli(argv)).toMatchObject({ exit: 2, errors: expect.stringContaining(words) });
  });
});
