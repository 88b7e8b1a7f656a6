/**
 * The whole service over real HTTP on a real Redis, between a stand-in Twilio and a stand-in PBX: one world a test,
 * closed after it. Simulated time passes 100 times as fast as real time.
 */
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { wantedWiring } from '../../src/carriers/twilio/wiring.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Destination, Plan } from '../../src/domain/plan.ts';
import type { Clock } from '../../src/system/system.ts';
import { createPbx, type Pbx, type PbxOptions } from '../../stand-ins/pbx/pbx.ts';
import type { NumberSettings } from '../../stand-ins/twilio/numbers.ts';
import type { StepFacts, Transcript } from '../../stand-ins/twilio/transcript.ts';
import { createTwilio, type Twilio, type TwilioOptions } from '../../stand-ins/twilio/twilio.ts';
import type { Arrival } from '../../stand-ins/twilio/world.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { PUBLIC_BASE_URL, startService, type RunningService } from '../support/service.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const TOKEN = 'a-token-of-the-stand-in';
export const FALLBACK_BASE_URL = 'https://calls2.example.net';
export const NUMBER = '+442079460123';
export const CALLER = '+447700900123';
export const MOBILE = '+447400123456';
export const SECOND = '+441134960457';
export const THIRD = '+441614960458';
const SIP_HOST = 'pbx.example.net';
/** Another name of the same stand-in: a backup system that does not fall together with the primary. */
export const BACKUP_HOST = 'backup.example.net';

export interface ShownCall {
  id: string;
  ref: string;
  outcome: string;
  route?: string;
  answeredBy?: string;
  legs: { step: string; to: string; end: string; cause: string; sip?: number }[];
  [field: string]: unknown;
}

export interface RigOptions {
  /** Processes of the service; the carrier's webhooks go to them in turn. */
  services?: number;
  settings?: Partial<Settings>;
  pbx?: PbxOptions;
  twilio?: Partial<TwilioOptions>;
  /** Destinations of the number's plan; none: the number has no plan. */
  plan?: readonly Destination[];
  planMore?: Partial<Plan>;
  primary?: Record<string, unknown>;
  carrier?: Record<string, unknown>;
  clock?: Clock;
}

export interface Rig {
  twilio: Twilio;
  pbx: Pbx;
  services: RunningService[];
  api: RunningService;
  /** Where the public origins lead; may be changed. */
  origins: Map<string, string>;
  /** A call by CALLER to NUMBER, unless said otherwise. Everything that was answered must have pleased the carrier. */
  place(call?: Partial<Arrival>): Promise<Transcript>;
  /** Another number of the same kind: held and wired at the carrier, known to the service. */
  addNumber(number: string, record?: Record<string, unknown>): Promise<void>;
  putPlan(id: string, destinations: readonly Destination[], more?: Partial<Plan>): Promise<unknown>;
  divert(reason?: string): Promise<{ diversion: string }>;
  restore(reason?: string): Promise<unknown>;
  calls(query?: string): Promise<ShownCall[]>;
  /** The record of a call, once it says what is expected of it. */
  recorded(call: Transcript, expected: object): Promise<ShownCall>;
  lostCallers(): Promise<Record<string, unknown>[]>;
  /** Sum over all services of a counter, or of those of its series that have these labels. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

const toClose: (() => Promise<unknown>)[] = [];

export function closeAfterTest(close: () => Promise<unknown>): void {
  toClose.push(close);
}

/** One Redis for the tests of a file, emptied after each. */
export function useRedis(): () => TestRedis {
  let redis: TestRedis | undefined;
  const current = () => {
    if (!redis) throw new Error('The Redis of this file was not started');
    return redis;
  };
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterEach(async () => {
    for (const close of toClose.splice(0).toReversed()) await close();
    if (current().pid === 0) await current().restart();
    await current().flush();
  });
  afterAll(() => redis?.stop());
  return current;
}

/** What the product wants set on a number, in the words of the carrier's API. */
export function wiring(more: { fallbackUrl?: string } = {}): Partial<NumberSettings> {
  const { number } = wantedWiring({ baseUrl: PUBLIC_BASE_URL, fallbackBaseUrl: FALLBACK_BASE_URL, carrierId: 'main', ...more });
  return Object.fromEntries(Object.entries(number).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]));
}

/** Leads to each of the addresses in turn, as a load balancer does. */
function balanced(origins: Map<string, string>, urls: readonly string[]): Map<string, string> {
  let next = 0;
  const lookUp = origins.get.bind(origins);
  origins.get = (origin) => lookUp(origin) ?? (origin === PUBLIC_BASE_URL ? urls[next++ % urls.length] : undefined);
  return origins;
}

/** Violations of a call and of the calls that it was forwarded as. */
export function violationsOf(call: Transcript): unknown[] {
  return [...call.violations, ...call.steps.flatMap((step) => (step.what === 'forwarded' ? violationsOf(step.call) : []))];
}

export function stepsOf<W extends StepFacts['what']>(call: Transcript, what: W): Extract<StepFacts, { what: W }>[] {
  return call.steps.filter((step) => step.what === what) as unknown as Extract<StepFacts, { what: W }>[];
}

/** Whom the caller was sent to, in order: E.164, or `pbx`. */
export function dialled(call: Transcript): string[] {
  return stepsOf(call, 'dialled').map(({ noun, to }) => (noun === 'Sip' && to.includes(`@${SIP_HOST}`) ? 'pbx' : to));
}

export async function openRig(redis: TestRedis, options: RigOptions = {}): Promise<Rig> {
  const pbx = await createPbx({ talkMs: 30, answerAfterMs: 5, ...options.pbx });
  closeAfterTest(() => pbx.close());
  const services: RunningService[] = [];
  for (let count = 0; count < (options.services ?? 1); count += 1) {
    const service = await startService({ redis, settings: { WORKERS: 'off', FALLBACK_BASE_URL, ...options.settings }, ...(options.clock ? { system: { clock: options.clock } } : {}) });
    closeAfterTest(() => service.close());
    services.push(service);
  }
  const [api] = services;
  if (!api) throw new Error('A rig needs a service');
  const origins = balanced(new Map([[FALLBACK_BASE_URL, (services.at(-1) ?? api).url]]), services.map(({ url }) => url));
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN, timeScale: 100, origins, sipHosts: new Map([SIP_HOST, BACKUP_HOST].map((host) => [host, { host: '127.0.0.1', port: pbx.port }])), ...options.twilio });
  closeAfterTest(() => twilio.close());
  const rig = { twilio, pbx, services, api, origins, ...actions(services, api, twilio) };
  await populate(rig, options);
  return rig;
}

async function populate(rig: Rig, { plan, planMore, primary, carrier }: RigOptions): Promise<void> {
  const { ask } = rig.api;
  await ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, ...carrier });
  await ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: `sip:{number}@${SIP_HOST}`, ...primary });
  await ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  if (plan) await rig.putPlan('desk', plan, planMore);
  await rig.addNumber(NUMBER, plan ? { plan: 'desk' } : {});
}

function actions(services: readonly RunningService[], api: RunningService, twilio: Twilio): Pick<Rig, 'place' | 'addNumber' | 'putPlan' | 'divert' | 'restore' | 'calls' | 'recorded' | 'lostCallers' | 'metric'> {
  const find = async (ref: string) => (await api.ask<{ items: ShownCall[] }>('GET', '/v1/calls')).items.find((call) => call.ref === ref);
  return {
    async place(call = {}) {
      const transcript = await twilio.placeCall({ from: CALLER, to: NUMBER, ...call });
      expect(violationsOf(transcript)).toEqual([]);
      return transcript;
    },
    async addNumber(number, record = {}) {
      twilio.addNumber(number, wiring());
      await api.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', ...record });
      // A write waits for its own process; the others follow within milliseconds.
      for (const service of services) await service.follower.reached(api.follower.status().revision, 5000);
    },
    putPlan: (id, destinations, more = {}) => api.ask('PUT', `/v1/plans/${id}`, { customer: 'acme', destinations, ...more }),
    divert: (reason = 'the PBX is down') => api.ask('POST', '/v1/primaries/pbx/divert', { reason }),
    restore: (reason = 'the PBX is back') => api.ask('POST', '/v1/primaries/pbx/restore', { reason }),
    calls: async (query = '') => (await api.ask<{ items: ShownCall[] }>('GET', `/v1/calls${query}`)).items,
    async recorded(call, expected) {
      // Claims are written a tick after the answer, and by whichever process gave it.
      await vi.waitFor(async () => expect(await find(call.callSid)).toMatchObject(expected), { timeout: 10_000, interval: 10 });
      const record = await find(call.callSid);
      if (!record) throw new Error('The call is gone');
      return record;
    },
    lostCallers: async () => (await api.ask<{ items: Record<string, unknown>[] }>('GET', '/v1/lost-callers')).items,
    async metric(name, labels = {}) {
      const texts = await Promise.all(services.map(async ({ request }) => (await request<string>('GET', '/metrics', undefined, null)).body));
      return texts.flatMap((text) => text.split('\n')).reduce((sum, line) => sum + valueOf(line, name, labels), 0);
    },
  };
}

function valueOf(line: string, name: string, labels: Readonly<Record<string, string>>): number {
  const [, found, pairs = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (found !== name || !Object.entries(labels).every(([label, is]) => pairs.includes(`${label}="${is}"`))) return 0;
  return Number(value);
}
