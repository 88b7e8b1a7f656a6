/** The whole service with its worker, a stand-in, and the go-bag that it keeps: what is in it works when the service is gone. */
import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';
import { createTelnyx, type Telnyx } from '../../stand-ins/telnyx/telnyx.ts';
import { BagCannotSchema, BagCarrierSchema, BagNumberSchema, type BagCannot, type BagCarrier, type BagNumber } from '../../src/gobag/format.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ACCOUNT } from '../support/world.ts';
import { runScript } from './script.ts';

const KEY = 'a-key-of-the-test';
const PBX = '+442079460001';
const OTHER = '+442079460002';
const UNREAD = '+442079460003';
const WEB = '+442079460004';
const SCRIPT = 'gobag.sh';

let redis: TestRedis;
let telnyx: Telnyx;
let service: RunningService;
let dir: string;

beforeAll(async () => { redis = await startTestRedis(); });
afterAll(() => redis.stop());

const put = (path: string, body: object) => service.ask('PUT', path, body);
const number = (id: string, more: object = {}) => put(`/v1/numbers/${id}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number', ...more });

beforeEach(async () => {
  await redis.flush();
  telnyx = await createTelnyx({ apiKey: KEY });
  const connection = telnyx.addConnection();
  for (const one of [PBX, OTHER]) Object.assign(telnyx.addNumber(one), { connection_id: connection });
  service = await startService({ redis, settings: { GOBAG_SECONDS: 1 } });
  dir = join(service.settings.DATA_DIR, 'gobag');
  await put('/v1/customers/acme', { name: 'Acme' });
  await put('/v1/carriers/main', { kind: 'telnyx', name: 'Telnyx of "ours"', credentials: { apiKey: KEY, publicKey: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, baseUrl: telnyx.url, limits: { writesPerSecond: 1000 } });
  await put('/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await put('/v1/primaries/dc2', { kind: 'pbx', target: 'sip:{number}@dc2.example.net' });
  await put('/v1/plans/desk', { destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] });
  await number(PBX);
  await number(OTHER, { primary: 'dc2' });
});
afterEach(async () => {
  await service.close();
  await telnyx.close();
});

interface Bag {
  gobag: number;
  carriers: Record<string, BagCarrier>;
  numbers: (BagNumber | BagCannot)[];
  count: { numbers: number; cannot: number };
  sha256: string;
}

const bag = async () => (await service.request<Bag>('GET', '/v1/gobag')).body;
const ofNumber = async (id: string) => (await bag()).numbers?.find((one) => one.number === id) ?? {};
const forwarding = (id: string) => telnyx.number(id)?.call_forwarding;
const run = (args: string[], env: Record<string, string> = { TELNYX_MAIN_API_KEY: KEY }) => runScript(join(dir, SCRIPT), args, env);

it('has every number with what it needs, and why when it has not; no secret, and whole', async () => {
  await number(UNREAD);
  await put('/v1/carriers/web', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TWILIO_AUTH_TOKEN' }, baseUrl: telnyx.url });
  await number(WEB, { carrier: 'web' });
  await expect.poll(async () => (await bag()).count, { timeout: 20_000 }).toEqual({ numbers: 2, cannot: 2 });
  const { gobag, carriers, numbers, sha256 } = await bag();
  expect([gobag, Object.keys(carriers)]).toEqual([1, ['main', 'web']]);
  expect([carriers['main']?.auth.variable, carriers['web']?.auth.variable]).toEqual(['TELNYX_MAIN_API_KEY', 'TWILIO_AUTH_TOKEN']);
  for (const carrier of Object.values(carriers)) expect(Value.Errors(BagCarrierSchema, carrier)).toEqual([]);
  for (const one of numbers) expect(Value.Errors('cannot' in one ? BagCannotSchema : BagNumberSchema, one)).toEqual([]);
  expect(await ofNumber(PBX)).toMatchObject({ to: ['+447400123456'], was: { 'call_forwarding.forwarding_type': 'on-failure' }, diverted: false });
  expect([await ofNumber(UNREAD), await ofNumber(WEB)]).toMatchObject([{ cannot: 'not-read' }, { cannot: 'not-read' }]);
  for (const [form, mode] of [['json', 0o600], ['sh', 0o700]] as const) {
    const file = join(dir, `gobag.${form}`);
    expect((await stat(file)).mode & 0o777).toBe(mode);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(KEY);
    if (form === 'json') expect(createHash('sha256').update(text.slice(0, text.lastIndexOf('\n"sha256"') + 1)).digest('hex')).toBe(sha256);
  }
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  expect(await service.ask('GET', '/readyz')).toMatchObject({ gobag: { failures: 0, numbers: 2, cannot: 2 } });
  expect(await service.ask<string>('GET', '/metrics')).toMatch(/ringthrough_gobag_written_timestamp_seconds 1\d{9}/);
});

it('diverts and restores when the service is gone, and knows the last plan', async () => {
  await put('/v1/plans/desk', { destinations: [{ to: '+447400123457' }] });
  for (const one of [PBX, OTHER]) await expect.poll(() => ofNumber(one), { timeout: 20_000 }).toMatchObject({ to: ['+447400123457'], was: { 'call_forwarding.forwards_to': '+447400123457' } });
  const before = structuredClone([forwarding(PBX), forwarding(OTHER)]);
  await service.close();
  expect(await run(['divert', '--yes', 'pbx'])).toMatchObject({ code: 0, errors: '' });
  expect([forwarding(PBX), forwarding(OTHER)]).toEqual([{ call_forwarding_enabled: true, forwarding_type: 'always', forwards_to: '+447400123457' }, before[1]]);
  expect(await run(['restore', '--yes'])).toMatchObject({ code: 0, errors: '' });
  expect([forwarding(PBX), forwarding(OTHER)]).toEqual(before);
});

it('restores what the service has diverted, before it was gone', async () => {
  await expect.poll(async () => forwarding(PBX)?.forwarding_type).toBe('on-failure');
  const before = structuredClone(forwarding(PBX));
  await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
  await expect.poll(() => forwarding(PBX)?.forwarding_type).toBe('always');
  await expect.poll(() => ofNumber(PBX), { timeout: 20_000 }).toMatchObject({ diverted: true });
  await service.close();
  expect(await run(['restore', '--yes', PBX])).toMatchObject({ code: 0, errors: '' });
  expect(forwarding(PBX)).toEqual(before);
});

it('says what must be put back at the carrier: an application that was led away for many numbers', async () => {
  const { id } = telnyx.addApplication({ voice_url: 'https://theirs.example/voice' });
  for (const one of [PBX, OTHER]) {
    Object.assign(telnyx.number(one) ?? {}, { connection_id: id, call_forwarding: { call_forwarding_enabled: false, forwarding_type: null, forwards_to: '' } });
    await number(one, { divertBy: 'trunk' });
  }
  const group = async () => (await service.ask<{ group?: { ref: string; moved: boolean } }>('GET', `/v1/numbers/${PBX}/route`)).group;
  await expect.poll(group, { timeout: 20_000 }).toEqual({ ref: `texml_applications/${id}`, moved: true });
  await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
  await expect.poll(() => ofNumber(PBX), { timeout: 20_000 }).toMatchObject({ diverted: true, group: { ref: `texml_applications/${id}`, was: { voice_url: 'https://theirs.example/voice' } } });
  await service.close();
  const { code, output } = await run(['restore', '--dry-run']);
  expect(output.split('\n').filter((line) => line.startsWith('PUT BACK BY HAND'))).toEqual([expect.stringContaining(`at main: texml_applications/${id}, which was: voice_url=https://theirs.example/voice`)]);
  expect(code).toBe(0);
});

it('puts back a trunk that was moved as one, and its numbers can be diverted one by one', async () => {
  const TOKEN = 'a-token-of-the-test';
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  try {
    const trunk = twilio.trunks.add([{ sip_url: 'sip:pbx.example.net' }], { disaster_recovery_url: 'https://old.example/recovery' });
    const held = () => structuredClone([trunk.settings, trunk.originationUrls, twilio.number(WEB)?.settings]);
    twilio.addNumber(WEB, { trunk_sid: trunk.sid, voice_url: 'https://old.example/number' });
    await put('/v1/carriers/web', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, safetyNetUrl: 'https://net.example/?n={number}', limits: { writesPerSecond: 1000 } });
    await number(WEB, { carrier: 'web', divertBy: 'trunk' });
    await expect.poll(() => ofNumber(WEB), { timeout: 20_000 }).toMatchObject({ to: ['https://net.example/?n=%2B447400123456'], was: { trunkSid: trunk.sid } });
    await expect.poll(() => trunk.settings.disaster_recovery_url).toContain('https://net.example/?n=%2B447400123456');
    const before = held();
    await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'test' });
    await expect.poll(() => trunk.originationUrls[0]?.enabled, { timeout: 20_000 }).toBe(false);
    await expect.poll(() => ofNumber(`@${trunk.sid}`), { timeout: 20_000 }).toMatchObject({ primary: 'pbx', diverted: true });
    await service.close();
    const env = { TELNYX_MAIN_API_KEY: KEY, TWILIO_WEB_AUTH_TOKEN: TOKEN };
    expect(await run(['divert', '--yes', WEB], env)).toMatchObject({ code: 0, errors: '' });
    expect(twilio.number(WEB)?.settings).toMatchObject({ trunk_sid: '', voice_url: expect.stringContaining('https://net.example/?n=%2B447400123456') as string });
    expect(await run(['restore', '--yes', 'pbx', '--carrier', 'web'], env)).toMatchObject({ code: 0, errors: '' });
    expect(held()).toEqual(before);
  } finally {
    await service.close();
    await twilio.close();
  }
});

it('leads away a number for which the carrier asks us, and back to us', async () => {
  const TOKEN = 'a-token-of-the-test';
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  try {
    twilio.addNumber(WEB, { voice_url: 'https://old.example/number' });
    await put('/v1/carriers/web', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, safetyNetUrl: 'https://net.example/?n={number}' });
    await number(WEB, { carrier: 'web', divertBy: 'call' });
    await expect.poll(() => ofNumber(WEB), { timeout: 20_000 }).toMatchObject({ cannot: 'not-read' });
    await service.ask('POST', `/v1/carriers/web/wiring/${WEB}`, {});
    await put('/v1/plans/desk', { destinations: [{ to: '+447400123457' }] });
    await expect.poll(() => twilio.number(WEB)?.settings.voice_fallback_url).toBe('https://net.example/?n=%2B447400123457');
    const before = structuredClone(twilio.number(WEB)?.settings);
    await expect.poll(() => ofNumber(WEB), { timeout: 20_000 }).toMatchObject({ to: ['https://net.example/?n=%2B447400123457'], diverted: false, was: { voiceUrl: before?.voice_url } });
    await service.close();
    expect(await run(['divert', '--yes', WEB], { TWILIO_WEB_AUTH_TOKEN: TOKEN })).toMatchObject({ code: 0, errors: '' });
    expect(twilio.number(WEB)?.settings).toMatchObject({ voice_url: 'https://net.example/?n=%2B447400123457', voice_method: 'GET' });
    expect(await run(['restore', '--yes', WEB], { TWILIO_WEB_AUTH_TOKEN: TOKEN })).toMatchObject({ code: 0, errors: '' });
    expect(twilio.number(WEB)?.settings).toEqual(before);
  } finally {
    await service.close();
    await twilio.close();
  }
});

it('that cannot be written is told of, and written when it can be', async () => {
  await expect.poll(async () => (await bag()).count, { timeout: 20_000 }).toEqual({ numbers: 2, cannot: 0 });
  await rm(dir, { recursive: true });
  await writeFile(dir, 'no folder');
  await put('/v1/plans/desk', { destinations: [{ to: '+447400123457' }] });
  await expect.poll(() => service.ask('GET', '/readyz'), { timeout: 20_000 }).toMatchObject({ gobag: { failures: 1 } });
  expect((await service.request('GET', '/v1/gobag')).body).toMatchObject({ code: 'not_found' });
  await rm(dir);
  await expect.poll(() => ofNumber(PBX), { timeout: 20_000 }).toMatchObject({ to: ['+447400123457'] });
});
