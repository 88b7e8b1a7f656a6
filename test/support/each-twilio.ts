/** For each test a whole service with its workers, a strict stand-in of Twilio for it to set routings at, and what numbers need to be put there. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createTwilio, type Twilio, type TwilioOptions } from '../../stand-ins/twilio/twilio.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { PUBLIC_BASE_URL, startService, type RunningService, type StartOptions } from './service.ts';
import { ACCOUNT, openWorld, type World } from './world.ts';

/** The auth token of the stand-in's account. */
export const TOKEN = 'a-token-of-the-test';

export interface AtTwilio {
  readonly redis: TestRedis;
  readonly world: World;
  readonly twilio: Twilio;
  readonly service: RunningService;
  /** The carrier `main` as the stand-in is reached, or with something else said of it. */
  putCarrier(more?: object): Promise<unknown>;
}

export interface TwilioMore {
  twilio?: Partial<TwilioOptions>;
  service?(redis: TestRedis): Partial<StartOptions> | Promise<Partial<StartOptions>>;
}

/** Registers the hooks. There are the customer acme, the carrier main, the primary pbx and the plan desk; `prepare` adds to that. */
export function eachTwilio(prepare: (at: AtTwilio) => Promise<unknown> = () => Promise.resolve(), more: TwilioMore = {}): AtTwilio {
  const parts: { redis?: TestRedis; world?: World; twilio?: Twilio; service?: RunningService } = {};
  const held = <P extends keyof typeof parts>(name: P): NonNullable<(typeof parts)[P]> => {
    const part = parts[name];
    if (part === undefined) throw new Error('there is none outside a test');
    return part;
  };
  const at: AtTwilio = {
    get redis() {
      return held('redis');
    },
    get world() {
      return held('world');
    },
    get twilio() {
      return held('twilio');
    },
    get service() {
      return held('service');
    },
    putCarrier: (more = {}) =>
      at.service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: at.twilio.url, limits: { writesPerSecond: 500, atOnce: 4 }, ...more }),
  };
  beforeAll(async () => {
    parts.redis = await startTestRedis();
  });
  afterAll(() => parts.redis?.stop());
  beforeEach(async () => {
    await at.redis.flush();
    parts.world = await openWorld(at.redis.url);
    const origins = new Map<string, string>();
    parts.twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN, origins, ...more.twilio });
    parts.service = await startService({ redis: at.redis, ...(await more.service?.(at.redis)) });
    origins.set(PUBLIC_BASE_URL, parts.service.url);
    await at.service.ask('PUT', '/v1/customers/acme', { name: 'Acme' });
    await at.putCarrier();
    await at.service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
    await at.service.ask('PUT', '/v1/plans/desk', { destinations: [{ to: '+447400123456' }, { to: 'voicemail' }] });
    await prepare(at);
  });
  afterEach(async () => {
    await parts.service?.close();
    await parts.twilio?.close();
    await parts.world?.close();
  });
  return at;
}
