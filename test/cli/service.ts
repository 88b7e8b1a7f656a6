/** One service for a file of tests of the command line, with a customer, a plan, a primary and a number before each test. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Settings } from '../../src/config/settings.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startService, type RunningService } from '../support/service.ts';
import { ringthrough, type Ran, type TerminalOptions } from './terminal.ts';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const NUMBER = '+442079460123';

export interface CliRig {
  readonly service: RunningService;
  readonly redis: TestRedis;
  /** With the admin key. */
  cli(argv: readonly string[], options?: TerminalOptions): Promise<Ran>;
  /** The same with `--json`: what was put out, parsed. */
  json(argv: readonly string[], options?: TerminalOptions): Promise<unknown>;
}

export async function putSample({ ask }: RunningService): Promise<void> {
  await ask('PUT', '/v1/customers/acme', { name: 'Acme' });
  await ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: '+447400123456', ringSeconds: 25, screen: true }, { to: 'voicemail' }] });
  await ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  await ask('PUT', '/v1/carriers/main', { kind: 'twilio', name: 'Main trunk', credentials: { accountSid: ACCOUNT, authToken: 'a-token-of-the-test' } });
  await ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
}

/** The service starts anew for each test: what the one before wrote is gone. */
export function cliRig(settings: Partial<Settings> = {}): CliRig {
  let redis: TestRedis;
  let service: RunningService | undefined;
  beforeAll(async () => { redis = await startTestRedis(); });
  beforeEach(async () => {
    await redis.flush();
    service = await startService({ redis, settings });
    await putSample(service);
    return async () => {
      await service?.close();
      service = undefined;
    };
  });
  afterAll(() => redis.stop());

  const running = (): RunningService => {
    if (!service) throw new Error('the service is there only within a test');
    return service;
  };
  const cli = (argv: readonly string[], options: TerminalOptions = {}): Promise<Ran> => ringthrough(argv, { url: running().url, key: running().adminKey, ...options });
  return {
    get service() {
      return running();
    },
    get redis() {
      return redis;
    },
    cli,
    async json(argv, options) {
      const { exit, output, errors } = await cli([...argv, '--json'], options);
      if (exit !== 0 || errors !== '') throw new Error(`exit ${exit}: ${errors}`);
      return JSON.parse(output) as unknown;
    },
  };
}
