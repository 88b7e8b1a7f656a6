/** Wiring a number at a strict carrier: what is set, what is left alone, and what is known when something fails half-way. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { createCarrierApis, type CarrierApis } from '../../src/carriers/carrier-apis.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { createSecretBox } from '../../src/config/secrets.ts';
import { wantedFor } from '../../src/diversion/unit-facts.ts';
import { readWiring, wireNumber, wiringOf, type WireDeps } from '../../src/diversion/wire-number.ts';
import type { Carrier } from '../../src/domain/carrier.ts';
import { twilioRouting } from '../../src/carriers/twilio/routing.ts';
import type { WiringOptions } from '../../src/carriers/wiring.ts';
import { Failure } from '../../src/domain/errors.ts';
import { UNKNOWN_ROUTE } from '../../src/domain/route.ts';
import { createRouteStore, groupUnit } from '../../src/store/route-store.ts';
import { createWiringStore } from '../../src/store/wiring-store.ts';
import { realSystem } from '../../src/system/system.ts';
import { createTelnyx } from '../../stand-ins/telnyx/telnyx.ts';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ACCOUNT, DEED, openWorld, put, putSample, type World } from '../support/world.ts';

const TOKEN = 'a-token-of-the-test';
const NUMBER = '+442079460123';
const OLD = 'https://old.example/voice?secret=1';
const TRUNK = `TK${'b'.repeat(32)}`;
const site = { baseUrl: 'https://calls.example.net' };
const voiceUrl = 'https://calls.example.net/webhooks/main/voice#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx';
const secrets = createSecretBox('5e'.repeat(32), realSystem.random);

let redis: TestRedis;
let world: World;
let twilio: Twilio;
let apis: CarrierApis;
let deps: WireDeps;
/** The table holds all that the store does. */
let caughtUp: () => Promise<boolean>;
let carrier: Carrier;

beforeAll(async () => { redis = await startTestRedis(); });
afterAll(() => redis.stop());

beforeEach(async () => {
  if (redis.pid === 0) await redis.restart();
  await redis.flush();
  world = await openWorld(redis.url);
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  twilio.addNumber('+4420794601234', { voice_url: 'https://other.example/' });
  twilio.addNumber(NUMBER, { voice_url: OLD });
  carrier = { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: secrets.seal(TOKEN) }, baseUrl: twilio.url };
  await putSample(world.store);
  await put(world.store, 'carriers', 'main', carrier);
  apis = createCarrierApis({ secrets, timeoutMs: 300, now: () => 0 });
  const { follower, table } = await world.follow();
  caughtUp = async () => follower.reached(await world.store.position(), 2000);
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  deps = { store: world.store, apis, clock: realSystem.clock, log: world.log, site, routes: createRouteStore(world.redis), wirings: createWiringStore(world.redis), sight: () => ({ table: table.current, judge, ...site }) };
});
afterEach(async () => {
  apis.close();
  await twilio.close();
  await world.close();
});

const held = () => {
  const number = twilio.number(NUMBER);
  if (!number) throw new Error('the stand-in lost the number');
  return number;
};
const asked = () => twilio.requests.map(({ method }) => method);
const wire = (options: WiringOptions = {}, more: Partial<WireDeps> = {}) => wireNumber({ ...deps, ...more }, { carrier: 'main', number: NUMBER, options, deed: { ...DEED, reason: 'Go live' } });
const record = async () => (await world.store.find('numbers', NUMBER)) as { record: { carrierRef?: string } };

async function trail() {
  const entries = await world.store.audit({ before: undefined, limit: 100, customer: undefined });
  return entries.map(({ entry }) => entry).filter(({ action }) => action.startsWith('carriers.wire')).toReversed();
}

async function failureOf(promise: Promise<unknown>): Promise<[string, string]> {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof Failure)) throw new Error(`not a failure: ${String(error)}`);
  return [error.code, error.message];
}

/** The same APIs with something happening just before a call of one kind. */
function meddling(on: 'wire' | 'read', happen: () => Promise<void>): CarrierApis {
  const meddled = (api: CarrierApi): CarrierApi => ({
    ...api,
    async setRouting(ref, fields) {
      if (on === 'wire') await happen();
      return api.setRouting(ref, fields);
    },
    async readRouting(ref, number) {
      const routing = await api.readRouting(ref, number);
      if (on === 'read') await happen();
      return routing;
    },
  });
  return { ...apis, use: (id, carrier, task) => apis.use(id, carrier, (api) => task(meddled(api))) };
}

describe('reading', () => {
  it('says what would change, and changes nothing here or there', async () => {
    expect(await readWiring(deps, 'main', NUMBER, {})).toMatchObject({ ref: held().sid, state: 'differs', actual: { voiceUrl: OLD }, changes: [{ field: 'voiceUrl', from: OLD, to: voiceUrl }, { field: 'voiceFallbackUrl' }, { field: 'statusCallback' }], warnings: [] });
    expect(asked()).toEqual(['GET']);
    expect(await trail()).toEqual([]);
    expect((await record()).record.carrierRef).toBeUndefined();
  });

  it.each([
    ['a number that is not ours', '+442079460199', 'not_found'],
    ['a carrier that is not there', NUMBER, 'not_found'],
  ])('refuses %s', async (what, number, code) => {
    expect((await failureOf(readWiring(deps, what.startsWith('a carrier') ? 'gone' : 'main', number, {})))[0]).toBe(code);
    expect(asked()).toEqual([]);
  });

  it('tells when the carrier does not have the number', async () => {
    await put(world.store, 'numbers', '+442079460188', { customer: 'acme', primary: 'pbx', carrier: 'main' });
    expect((await failureOf(readWiring(deps, 'main', '+442079460188', {})))[0]).toBe('carrier_number_unknown');
  });

  it('never takes another number for it, whatever its record says', async () => {
    const other = twilio.number('+4420794601234')?.sid ?? '';
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: other });
    expect((await failureOf(wire()))[0]).toBe('carrier_number_unknown');
    expect(asked()).toEqual(['GET']);
    expect(twilio.number('+4420794601234')?.settings.voice_url).toBe('https://other.example/');
  });
});

describe('setting', () => {
  it('sets, reads back, keeps the ref, and keeps what was there in the audit trail', async () => {
    const wired = await wire();
    const { sid, settings } = held();
    expect(wired).toMatchObject({ ref: sid, state: 'wired', applied: true, before: { voiceUrl: OLD }, after: { voiceUrl }, warnings: [] });
    expect(settings.voice_url).toBe(voiceUrl);
    expect((await record()).record.carrierRef).toBe(sid);
    const [intent, result, ...rest] = await trail();
    expect(rest).toEqual([]);
    expect(intent).toMatchObject({ action: 'carriers.wire', reason: 'Go live', changes: [{ subject: `numbers/${NUMBER}`, before: { ref: sid, voiceUrl: OLD, trunkSid: '' }, after: { voiceUrl } }] });
    expect(result).toMatchObject({ action: 'carriers.wired', changes: [{ before: { voiceUrl: OLD }, after: { ref: sid, voiceUrl } }] });
    // Old addresses may lead to systems that are not the customer's business.
    expect([intent?.customer, result?.customer]).toEqual([undefined, undefined]);
  });

  it('finds nothing to do the second time, and asks by ref', async () => {
    await wire();
    const before = twilio.requests.length;
    expect(await wire()).toMatchObject({ state: 'wired', applied: false, changes: [] });
    expect(await createWiringStore(world.redis).readMany('main', [NUMBER])).toMatchObject([{ ref: held().sid, routing: { voiceUrl } }]);
    expect(twilio.requests.slice(before).map(({ method, path }) => [method, path.includes(held().sid)])).toEqual([['GET', true]]);
    expect(await trail()).toHaveLength(2);
  });

  it('has what was there in the audit trail before anything is written', async () => {
    let seen: string[] = [];
    await wire({}, { apis: meddling('wire', async () => { seen = (await trail()).map(({ action }) => action); }) });
    expect(seen).toEqual(['carriers.wire']);
  });

  it('writes nothing over what is set for a diversion', async () => {
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
    await put(world.store, 'states', 'pbx', { is: 'down', since: 1, diversion: 'd1' });
    await expect(wire()).rejects.toMatchObject({ code: 'diverted' });
    expect(held().settings.voice_url).toBe(OLD);
    await put(world.store, 'states', 'pbx', { is: 'up', since: 2 });
    expect(await wire()).toMatchObject({ applied: true });
  });

  it('leaves a number of a trunk alone unless asked to take it', async () => {
    Object.assign(held().settings, { trunk_sid: TRUNK });
    expect(await wire()).toMatchObject({ state: 'left-alone', applied: false, warnings: [expect.stringContaining(TRUNK)] });
    expect([held().settings.trunk_sid, held().settings.voice_url, await trail()]).toEqual([TRUNK, OLD, []]);
    expect(await wire({ takeFromTrunk: true })).toMatchObject({ state: 'wired', applied: true, before: { trunkSid: TRUNK }, after: { trunkSid: '' } });
    expect([held().settings.trunk_sid, held().settings.voice_url]).toEqual(['', voiceUrl]);
    expect((await trail())[0]?.changes[0]?.before).toMatchObject({ trunkSid: TRUNK });
  });
});

describe('the fallback', () => {
  const DOCUMENTS = 'https://documents.example/?to={number}';
  const settings = () => [held().settings.voice_fallback_url, held().settings.voice_fallback_method];

  it('is the document that leads to the number\'s own plan, where the carrier\'s record says who keeps one', async () => {
    await put(world.store, 'carriers', 'main', { ...carrier, safetyNetUrl: DOCUMENTS, fallbackUrl: 'https://static.example/sorry.xml' });
    await put(world.store, 'plans', 'desk', { destinations: [{ to: '+447400123456' }] });
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    await caughtUp();
    await wire();
    expect(settings()).toEqual(['https://documents.example/?to=%2B447400123456', 'GET']);
    // Not another one because the primary is down just now.
    await put(world.store, 'states', 'pbx', { is: 'down', since: 1, diversion: 'd1' });
    await caughtUp();
    expect(await wire()).toMatchObject({ state: 'wired', applied: false });
    await put(world.store, 'plans', 'desk', { destinations: [{ to: 'voicemail' }] });
    await caughtUp();
    await wire();
    expect(settings()).toEqual(['https://static.example/sorry.xml', 'GET']);
  });

  it('of a number that is set at the carrier is what the reconciler has armed', async () => {
    await put(world.store, 'carriers', 'main', { ...carrier, safetyNetUrl: DOCUMENTS });
    await put(world.store, 'plans', 'desk', { destinations: [{ to: '+447400123456' }] });
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
    await caughtUp();
    const net = wantedFor(deps.sight(), NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' }, {}).route.net;
    const armed = net && twilioRouting.armed('number', { voiceUrl }, net);
    expect((await wire()).after).toMatchObject(armed ?? { voiceFallbackUrl: 'armed' });
  });

  it('of an application that the reconciler has armed stays: the number is not moved to another one for it', async () => {
    const telnyx = await createTelnyx({ apiKey: TOKEN });
    try {
      telnyx.addNumber(NUMBER);
      await put(world.store, 'carriers', 'main', { kind: 'telnyx', credentials: { apiKey: secrets.seal(TOKEN), publicKey: secrets.seal('a-key') }, baseUrl: telnyx.url });
      await caughtUp();
      const { after } = await wire();
      const application = telnyx.application(after['connection_id'] ?? '');
      Object.assign(application ?? {}, { voice_fallback_url: 'https://documents.example/?to=1' });
      expect(await readWiring(deps, 'main', NUMBER, {})).toMatchObject({ state: 'differs' });
      const group = `texml_applications/${application?.id}`;
      await createRouteStore(world.redis).save({ carrier: 'main', unit: NUMBER }, 0, { ...UNKNOWN_ROUTE, is: 'in step', group });
      await createRouteStore(world.redis).save(groupUnit('main', group), 0, { ...UNKNOWN_ROUTE, is: 'in step', net: { original: {}, set: { voice_fallback_url: 'https://documents.example/?to=1' }, sent: [], confirmed: true } });
      expect(await readWiring(deps, 'main', NUMBER, {})).toMatchObject({ state: 'wired', changes: [] });
    } finally {
      await telnyx.close();
    }
  });
});

describe('when something fails', () => {
  it('a time-out after which it turns out to be done is a success', async () => {
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: held().sid });
    const slow = meddling('read', async () => { twilio.faults.next(1, 'accept-then-hang'); });
    expect(await wire({}, { apis: slow })).toMatchObject({ state: 'wired', applied: true });
    expect((await trail()).map(({ action }) => action)).toEqual(['carriers.wire', 'carriers.wired']);
  });

  it.each([
    ['hang', 'carrier_outcome_unknown'],
    ['broken', 'carrier_outcome_unknown'],
    ['throttled', 'carrier_throttled'],
  ] as const)('a write that meets %s is told as %s and noted', async (fault, code) => {
    const faulty = meddling('wire', async () => twilio.faults.next(1, fault));
    expect((await failureOf(wire({}, { apis: faulty })))[0]).toBe(code);
    expect(held().settings.voice_url).toBe(OLD);
    const [intent, result] = await trail();
    expect(intent?.changes[0]?.before).toMatchObject({ voiceUrl: OLD });
    expect(result).toMatchObject({ action: 'carriers.wire-failed', changes: [{ after: { code } }] });
  });

  it('nothing is written at the carrier when the store cannot note what was there', async () => {
    await put(world.store, 'numbers', NUMBER, { customer: 'acme', primary: 'pbx', carrier: 'main', carrierRef: held().sid });
    const dying = meddling('read', () => redis.kill());
    expect((await failureOf(wire({}, { apis: dying })))[0]).toBe('store_unavailable');
    expect(asked()).toEqual(['GET']);
    expect(held().settings.voice_url).toBe(OLD);
  });

  it('what was done and could not be noted is told, and what was there is still known', async () => {
    const dying = meddling('wire', () => redis.kill());
    expect(await wire({}, { apis: dying })).toMatchObject({ state: 'wired', applied: true, warnings: [expect.stringContaining('audit trail')] });
    expect(held().settings.voice_url).toBe(voiceUrl);
    expect(world.lines.join('')).toContain('not in the audit trail');
    expect(world.lines.join('')).not.toContain('2079460123');
    await redis.restart();
    const later = await openWorld(redis.url);
    const entries = await later.store.audit({ before: undefined, limit: 1, customer: undefined });
    await later.close();
    expect(entries[0]?.entry).toMatchObject({ action: 'carriers.wire', changes: [{ before: { voiceUrl: OLD } }] });
  });

  it('a secret that cannot be read is told as such', async () => {
    await put(world.store, 'carriers', 'main', { ...carrier, credentials: { accountSid: ACCOUNT, authToken: 'env:RINGTHROUGH_TEST_NO_SUCH_VARIABLE' } });
    expect((await failureOf(wire()))[0]).toBe('carrier_secret_missing');
  });
});

describe('the public address', () => {
  it.each(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080'])('%s is never set at a real carrier', async (baseUrl) => {
    const real: Carrier = { kind: 'twilio', credentials: carrier.credentials };
    expect(wiringOf({ site: { baseUrl } }, 'main', real).warnings).toEqual([expect.stringContaining('PUBLIC_BASE_URL')]);
    // The carrier's API is asked at an address outside by name only; a proxy in the test answers for it.
    const viaStandIn: CarrierApis = { ...apis, use: (id, _given, task) => apis.use(id, carrier, task) };
    await put(world.store, 'carriers', 'main', real);
    expect((await failureOf(wire({}, { site: { baseUrl }, apis: viaStandIn })))[0]).toBe('public_address_unusable');
    expect(asked()).toEqual(['GET']);
  });

  it('may be on this machine for a carrier that is on it too', async () => {
    expect(await wire({}, { site: { baseUrl: 'http://127.0.0.1:8080' } })).toMatchObject({ applied: true, after: { voiceUrl: expect.stringContaining('http://127.0.0.1:8080/') } });
  });
});

it('one API is kept open and used again; a changed account gets another', async () => {
  const lent: CarrierApi[] = [];
  const remember = (given: Carrier) => apis.use('main', given, async (api) => { lent.push(api); });
  await remember(carrier);
  await remember({ ...carrier });
  await remember({ ...carrier, credentials: { ...carrier.credentials, authToken: secrets.seal('another') } });
  expect(lent[1]).toBe(lent[0]);
  expect(lent[2]).not.toBe(lent[0]);
});

it('a request in flight is finished although the account was changed meanwhile', async () => {
  let arrived: () => void;
  const inFlight = new Promise<void>((resolve) => { arrived = resolve; });
  let answer: () => void = () => undefined;
  const server = createServer((_request, response) => {
    answer = () => response.end(JSON.stringify({ sid: 'PN1', phone_number: NUMBER }));
    arrived();
  });
  server.keepAliveTimeout = 0;
  const closed = new Promise<void>((resolve) => { server.on('connection', (socket) => socket.on('close', () => resolve())); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const slow: Carrier = { ...carrier, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const patient = createCarrierApis({ secrets, timeoutMs: 600_000, now: () => 0 });
  const read = patient.use('main', slow, (api) => api.readRouting('PN1', NUMBER));
  await inFlight;
  await patient.use('main', carrier, async () => undefined);
  patient.close();
  answer();
  expect(await read).toMatchObject({ voiceUrl: '' });
  // Nobody uses it any more: its connections, which nothing else would end for minutes, are closed.
  await closed;
  server.close();
});
