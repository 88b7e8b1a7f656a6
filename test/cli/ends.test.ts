/** How commands end when something is wrong before the service has its say. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readCliSettings } from '../../src/config/cli-settings.ts';
import { ringthrough } from './terminal.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const key = 'rt_a-key';

describe('3: not reachable', () => {
  it('nobody listens', async () => {
    const { exit, output, errors } = await ringthrough(['get', 'plans'], { url: 'http://127.0.0.1:1', key });
    expect([exit, output]).toEqual([3, '']);
    expect(errors).toMatch(/^error \(unreachable\): No usable answer from http:\/\/.* \(E\w+\)\n {2}hint: is the service running\?/);
  });

  it.each<[string, RequestListener, string]>([
    ['a web page', (_, response) => { response.setHeader('content-type', 'text/html'); response.end('<html>It works!</html>'); }, 'not-ringthrough'],
    ['somebody else\'s refusal', (_, response) => { response.writeHead(502).end('Bad Gateway'); }, 'not-ringthrough'],
    ['a redirect', (_, response) => { response.writeHead(302, { location: 'https://elsewhere.example/' }).end(); }, 'not-ringthrough'],
    ['a cut connection', (_, response) => { response.destroy(); }, 'unreachable'],
    ['an answer cut short', (_, response) => { response.writeHead(200, { 'content-length': '100' }); response.write('{', () => response.destroy()); }, 'unreachable'],
  ])('%s', async (_, listener, code) => {
    const url = await serve(listener);
    for (const argv of [['get', 'plans'], ['export', 'numbers'], ['divert', 'pbx', '--reason', 'x']]) {
      expect(await ringthrough(argv, { url, key })).toMatchObject({ exit: 3, errors: expect.stringContaining(`error (${code})`) });
    }
  });
});

describe('2: wrong usage', () => {
  it.each([
    [[], 'Usage: ringthrough'],
    [['statsu'], 'Did you mean status?'],
    [['status', '--verbose'], 'error (usage): unknown option \'--verbose\''],
    [['steps'], 'error (usage): missing required argument \'number\''],
    [['steps', '+442079460123', 'more'], 'error (usage): too many arguments'],
    [['export', 'plans'], 'error (usage): unknown command'],
    [['status', '--url', 'nowhere'], 'not an address such as'],
    [['status', '--url', 'ftp://example.net'], 'not an http:// or https:// address'],
    [['status', '--url', 'http://me:secret@example.net'], 'must not hold a user name'],
    [['get', 'plans', '--key', 'rt_with space'], 'API key holds spaces'],
    [['get', 'plans', '--key', 'rt_ümlaut'], 'API key holds spaces or characters'],
  ])('%j', async (argv, words) => {
    const { exit, output, errors } = await ringthrough(argv);
    expect([exit, output, errors]).toEqual([2, '', expect.stringContaining(words)]);
  });

  it('without a key says how to get one, and asks nobody', async () => {
    let asked = 0;
    const url = await serve((_, response) => { asked += 1; response.end('{}'); });
    const { exit, errors } = await ringthrough(['get', 'plans'], { url });
    expect([exit, errors, asked]).toEqual([2, expect.stringMatching(/^error \(no-key\): .*\n {2}hint: the first admin key .*\n {2}hint: .*RINGTHROUGH_KEY/), 0]);
  });
});

describe('0: help', () => {
  it.each([[['--help']], [['help']], [['carriers', 'wire', '--help']], [['help', 'import']]])('%j', async (argv) => {
    const { exit, output, errors } = await ringthrough(argv);
    expect([exit, output, errors]).toEqual([0, expect.stringMatching(/^Usage: ringthrough/), '']);
  });
});

describe('what is sent', () => {
  it('options go before the environment, on either side of the command, and a path stays', async () => {
    const seen: string[] = [];
    const url = await serve(({ url: target, headers }, response) => { seen.push(`${target} ${headers.authorization}`); response.end('{"items":[]}'); });
    expect((await ringthrough(['--url', `${url}/rt/`, '--json', 'get', 'plans', '--key', 'rt_other'], { url: 'http://127.0.0.1:1', key })).output).toBe('{"items":[]}\n');
    expect((await ringthrough(['get', 'plans'], { url, key })).output).toBe('No plans.\n');
    expect(seen).toEqual(['/rt/v1/plans?limit=100 Bearer rt_other', '/v1/plans?limit=101 Bearer rt_a-key']);
  });

  it('a service cannot play with the terminal', async () => {
    const url = await serve((_, response) => { response.writeHead(400, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code: 'request_invalid', detail: 'a\u001b[2Jb\nc' })); });
    expect((await ringthrough(['get', 'plans'], { url, key })).errors).toBe('error (request_invalid): a [2Jb c\n');
  });
});

it('the environment: blank is not set', () => {
  const from = (values: Record<string, string>) => readCliSettings((name) => values[name]);
  expect(from({})).toEqual({ url: 'http://localhost:8080', key: undefined });
  expect(from({ RINGTHROUGH_URL: ' ', RINGTHROUGH_KEY: '' })).toEqual({ url: 'http://localhost:8080', key: undefined });
  expect(from({ RINGTHROUGH_URL: 'http://a.example', RINGTHROUGH_KEY: ' rt_x ' })).toEqual({ url: 'http://a.example', key: 'rt_x' });
});
