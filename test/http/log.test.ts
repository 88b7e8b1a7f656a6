/** Nothing that is secret and no whole telephone number gets into the log, whatever is sent and whatever breaks. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createService, type Service } from '../../src/compose.ts';
import { readSettings } from '../../src/config/settings.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { keys } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { createKeptLog } from '../support/kept-log.ts';
import { AUTH_TOKEN, callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWorld } from '../support/world.ts';
import { CARRIER, london, PLAN, PRIMARY } from './api.ts';

const ADMIN = 'rt_admin-key-that-nobody-may-read';
const SECRET_KEY = 'c0ffee'.repeat(10) + 'abcd';
const ORIGIN = 'https://calls.example.net';
const NUMBERS = [london(1), london(2), '+447400123456', '+447700900123', '+14155550100', '+498912345678'];

let redis: TestRedis;
let service: Service;
const { log, lines } = createKeptLog();
const handedOut: string[] = [];
beforeAll(async () => {
  redis = await startTestRedis();
  const settings = readSettings({ DATA_DIR: redis.dir, RINGTHROUGH_ADMIN_KEY: ADMIN, SECRET_KEY });
  service = await createService({ settings, redisUrl: redis.url, publicBaseUrl: ORIGIN, version: 'test', log, system: realSystem });
  await service.start();
});
afterAll(async () => {
  await service.close(500);
  await redis.stop();
});

async function ask(method: string, url: string, body?: unknown, more: Record<string, string> = {}): Promise<number> {
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { authorization: `Bearer ${ADMIN}`, ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...more };
  const answer = await service.app.inject({ method: method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) });
  const made = /"key":"(rt_[^"]+)"/.exec(answer.body)?.[1];
  if (made !== undefined) handedOut.push(made);
  return answer.statusCode;
}

async function webhook(verb: string, params: Record<string, string>, token = AUTH_TOKEN): Promise<number> {
  const { path, headers, body } = signedWebhook(ORIGIN, `/webhooks/main/${verb}`, params, token);
  return (await service.app.inject({ method: 'POST', url: path, headers, payload: body })).statusCode;
}

/** Every sort of traffic, with numbers, keys and tokens wherever one can put them. */
async function everything(): Promise<number[]> {
  const [first = '', second = '', backup = '', caller = '', other = '', foreign = ''] = NUMBERS;
  const number = { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' };
  const statuses: number[] = [];
  const note = async (work: Promise<number>): Promise<void> => void statuses.push(await work);
  await note(ask('PUT', '/v1/customers/acme', { name: `Acme ${backup}` }));
  await note(ask('PUT', '/v1/carriers/main', { ...CARRIER, credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: AUTH_TOKEN, nextAuthToken: 'env:NOTHING_HERE' } }));
  await note(ask('PUT', '/v1/carriers/main', { ...CARRIER, credentials: { accountSid: `AC${'0'.repeat(32)}`, authToken: AUTH_TOKEN } }));
  await note(ask('PUT', '/v1/primaries/pbx', PRIMARY));
  await note(ask('PUT', '/v1/plans/desk', PLAN));
  for (const one of [first, second]) await note(ask('PUT', `/v1/numbers/${encodeURIComponent(one)}`, number));
  await note(ask('PUT', '/v1/keys/viewer', { role: 'viewer' }));
  await note(ask('GET', `/v1/numbers/${foreign}`));
  await note(ask('GET', `/v1/numbers/${first}x`));
  await note(ask('GET', `/v1/numbers/%zz${first}`));
  await note(ask('GET', `/v1/numbers/${first}/steps?from=${encodeURIComponent(caller)}`));
  await note(ask('GET', `/v1/calls?number=${encodeURIComponent(first)}&outcome=missed`));
  await note(ask('GET', `/nowhere/${other}`));
  await note(ask('PUT', '/v1/plans/bad', { destinations: [{ to: `${foreign} or so` }] }));
  await note(ask('PUT', '/v1/plans/bad', `{"to":"${backup}", "token":"${AUTH_TOKEN}"`));
  await note(ask('GET', '/v1/plans', undefined, { authorization: `Bearer ${ADMIN}-wrong-${caller}` }));
  await note(ask('GET', `/v1/plans?key=${ADMIN}&number=${caller}`));
  await note(ask('POST', '/v1/imports', `number,customer,primary,carrier\n${first},acme,pbx,main\n${foreign},nobody,pbx,main\n${other} x,acme\n`, { 'content-type': 'text/csv' }));
  await note(ask('POST', '/v1/primaries/pbx/divert', { reason: `call ${caller} when it is over` }));
  await note(webhook('voice', callParams(callSid(1), first)));
  await note(webhook('voice', callParams(callSid(2), foreign)));
  await note(webhook('voice', callParams(callSid(3), first), 'forged-token'));
  await note(webhook('step', callParams(callSid(1), first, { DialCallStatus: 'failed', DialSipResponseCode: '503' })));
  await note(webhook('recorded', callParams(callSid(1), first, { RecordingSid: `RE${'1'.repeat(32)}`, RecordingUrl: `https://api.example.net/${caller}`, RecordingDuration: '5', RecordingStatus: 'completed' })));
  await note(webhook('status', callParams(callSid(1), first, { CallStatus: 'completed', CallDuration: '9' })));
  await note(webhook('voice', { CallSid: callSid(4), To: 'rubbish', From: `<script>${caller}</script>` }));
  return statuses;
}

test('no secret and no whole number is in any line, in peace as in trouble', async () => {
  const world = await openWorld(redis.url);
  const peace = await everything();
  expect(peace).toEqual(expect.arrayContaining([200, 201, 202, 400, 401, 403, 404, 422]));
  // Records that cannot be read, named and filled with numbers.
  await world.redis.hset(keys.home('numbers', NUMBERS[5] ?? ''), NUMBERS[5] ?? '', `1:5:${NUMBERS[2]}`);
  await world.redis.hset(keys.call(`main:${callSid(9)}`), 'carrier', 'main', 'ref', callSid(9), 'startedAt', '1', 'voicemail', `{"ref":"${NUMBERS[3]}"`);
  await createCallStore(world.redis).find(`main:${callSid(9)}`).catch(() => undefined);
  await ask('GET', `/v1/numbers/${NUMBERS[5]}`);
  await ask('GET', `/v1/calls/main:${callSid(9)}`);
  const changed = await world.redis.incr(keys.revision);
  await world.redis.xadd(keys.changes, `${changed}-0`, `numbers/${NUMBERS[4]}`, `=${NUMBERS[3]} torn`);
  await service.follower.reached(changed, 5000);
  await world.close();
  await redis.kill();
  const trouble = await everything();
  expect(trouble).toEqual(expect.arrayContaining([503]));

  expect(lines.length).toBeGreaterThan(40);
  expect(handedOut).toHaveLength(1);
  const secrets = [ADMIN, SECRET_KEY, AUTH_TOKEN, ...handedOut];
  for (const line of lines) {
    for (const secret of secrets) expect(line).not.toContain(secret);
    for (const number of NUMBERS) expect(line.replace(/[ ()-]/g, '')).not.toContain(number.slice(1));
    expect(line).not.toMatch(/[0-9a-f]{64}/);
    // One object a line, with a message that says what happened and nothing of this one time.
    const { msg, level } = JSON.parse(line) as { msg?: string; level: string };
    expect(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).toContain(level);
    expect(msg, line).toMatch(/^[^0-9]+$/);
  }
  const requests = lines.filter((line) => line.includes('"msg":"request"')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(requests.map(({ route }) => route)).toContain('/v1/numbers/:number');
  for (const request of requests) expect(request['requestId']).toMatch(/^[0-9a-f-]{36}$/);
});

test('what is logged by mistake under the name of a secret is not written', () => {
  const { log, lines: kept } = createKeptLog('info', (asInProduction) => asInProduction);
  const secret = 'do-not-write-me';
  for (const name of ['authorization', 'authToken', 'nextAuthToken', 'key', 'hash', 'secret', 'password']) {
    log.info({ [name]: secret }, 'top');
    log.info({ inside: { [name]: secret } }, 'one deep');
    log.info({ far: { inside: { [name]: secret } } }, 'two deep');
  }
  log.error({ err: new Error('could not call +447400123456', { cause: new Error('nor 447400123456') }) }, 'an error');
  expect(kept.join('')).not.toMatch(/do-not-write-me|447400123456/);
  expect(kept.join('')).toContain('+447******456');
});

test('the text of an error is logged without the secrets that it quotes', () => {
  const { log, lines: kept } = createKeptLog();
  const quoted = ['rt_Zm9vYmFyYmF6cXV4Zm9vYmFy', 'Bearer abc.def-ghi', 'redis://:do-not-write-me@127.0.0.1:6379', `enc:v1:${'QUJD'.repeat(9)}=`, 'a7'.repeat(32)];
  for (const secret of quoted) log.error({ err: new Error(`failed with ${secret} in it`, { cause: secret }) }, 'an error');
  expect(kept).toHaveLength(quoted.length);
  for (const line of kept) expect(line).toMatch(/failed with .*\(left out\).* in it/);
});
