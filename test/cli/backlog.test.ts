/** `ringthrough backlog` and `notify` at a real service without workers; what a drain would do is played by the test. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/store/backlog-store.ts';
import { createBacklogStore } from '../../src/store/backlog-in-redis.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import type { Timers } from '../../src/system/system.ts';
import { realSystem } from '../../src/system/system.ts';
import { landed } from '../backlog/support.ts';
import { cliRig } from './service.ts';
import type { Ran } from './terminal.ts';

const rig = cliRig({ WORKERS: 'off' });
const { cli, json } = rig;

beforeEach(() => rig.service.ask('PUT', '/v1/subscribers/crm', { url: 'https://crm.example.net/events', secret: `whsec_${'a'.repeat(32)}` }));

async function notify(about: string, ...more: string[]): Promise<Ran> {
  const ran = await cli(['notify', 'crm', 'order.changed', about, ...more], { input: '{"total":1}' });
  await landed(rig.service);
  return ran;
}

/** All that waits ends so. */
async function drain(outcome: Outcome): Promise<void> {
  const redis = createFastConnection({ url: rig.redis.url, onError: () => undefined });
  await whenReady(redis);
  const store = createBacklogStore(redis);
  const now = realSystem.clock.now();
  await store.begin('crm', 'test', now);
  const { held = [] } = (await store.take('crm', 'test', now, { class: 'history', after: '0', limit: 100, seen: true, counted: true })) ?? {};
  const attempts = held.map(({ notification: { id, kind, key } }) => ({ id, kind, key, at: now, ms: 12.3, status: 500, said: 'out\nof paper' }));
  await store.settle('crm', 'test', now, held.map((one) => ({ ...one, outcome })), attempts);
  redis.disconnect();
}

describe('notify', () => {
  it('hands in what is piped in, once, and says what became of it', async () => {
    const first = await notify('order/1', '--once', 'k1');
    expect(first).toMatchObject({ exit: 0, output: expect.stringMatching(/^Accepted for crm as ntf_[a-z]{26}; `ringthrough backlog crm` shows how it goes\.\n$/) as string });
    expect((await notify('order/1', '--once', 'k1')).output).toBe(first.output);
    expect(await notify('order/2', '--once', 'k1')).toMatchObject({ exit: 1, errors: expect.stringContaining('idempotency_key_reused') as string });
    expect(await json(['backlog', 'crm'])).toMatchObject({ counts: { accepted: 1 } });
  });

  it('of a state the newest counts', async () => {
    for (let time = 0; time < 2; time += 1) await notify('order/1', '--state', '--expires', '2100-01-01T00:00:00Z');
    expect(await json(['backlog', 'crm'])).toMatchObject({ waiting: { state: 1 }, counts: { coalesced: 1 } });
  });
});

describe('backlog', () => {
  it('shows each, and one with why', async () => {
    await notify('order/1');
    expect((await cli(['backlog'])).output).toMatch(/^SUBSCRIBER +IS +WAITING +SINCE \(UTC\) +DELIVERED +DEAD LETTERS +PACE\ncrm +waiting +1 +\d{4}-\d\d-\d\d [\d:]{8} +0 +0 +-\n$/);
    const { output } = await cli(['backlog', 'crm']);
    expect(output).toMatch(/^crm: waiting\. 1 waits, the first since /);
    expect(output).toMatch(/ {2}waiting +1 \(history 1, state 0; about 1 kB\)\n {2}last delivered +never\n {2}accepted +1: waiting 1, delivered 0, /);
    expect(await cli(['backlog', 'nobody'])).toMatchObject({ exit: 1, errors: expect.stringContaining('not_found') as string });
  });

  it('pause and resume say how it stands then', async () => {
    expect((await cli(['backlog', 'pause', 'crm', '--reason', 'upgrade'])).output).toMatch(/^crm: paused\. Nothing is sent: it was paused at .*; nothing waits\.\n/);
    expect((await cli(['backlog', 'resume', 'crm', '--reason', 'done'])).output).toMatch(/^crm: idle\. /);
    expect((await cli(['audit'])).output).toContain('subscribers.pause');
  });

  it('--wait stays until nothing waits, or until somebody must do something', async () => {
    await notify('order/1');
    let looks = 0;
    const timers: Timers = { ...realSystem.timers, after: (_ms, then) => {
      looks += 1;
      void drain({ is: 'delivered' }).then(then);
      return () => undefined;
    } };
    expect(await cli(['backlog', 'crm', '--wait'], { timers, watched: true })).toMatchObject({ exit: 0, output: expect.stringMatching(/^crm: idle\. /) as string, errors: expect.stringContaining('crm: 1 waiting, waiting') as string });
    expect(looks).toBe(1);
    await notify('order/2');
    await cli(['backlog', 'pause', 'crm', '--reason', 'upgrade']);
    expect(await cli(['backlog', 'crm', '--wait'], { timers })).toMatchObject({ exit: 4 });
  });

  it('shows dead letters and tries, and has them tried again', async () => {
    for (const about of ['order/1', 'order/2']) await notify(about);
    expect((await cli(['backlog', 'dead-letters', 'crm'])).output).toBe('No dead letters.\n');
    expect((await cli(['backlog', 'attempts', 'crm'])).output).toBe('Nothing was sent yet.\n');
    await drain({ is: 'dead', cause: 'answered 500: out of paper', tries: 7 });
    expect((await cli(['backlog', 'dead-letters', 'crm', '--about', 'order/2'])).output).toMatch(/^ID .*\nntf_[a-z]{26} +order\.changed +order\/2 .* 7 +answered 500: out of paper\n$/);
    expect((await cli(['backlog', 'attempts', 'crm', '--limit', '1'])).output).toMatch(/ order\.changed +order\/2 +500 +12 +out of paper\n$/);
    expect((await cli(['backlog', 'redrive', 'crm', '--about', 'order/2', '--reason', 'fixed'])).output).toBe('1 dead letter of crm waits again.\n');
    expect((await cli(['backlog', 'redrive', 'crm', '--all', '--reason', 'fixed'])).output).toBe('1 dead letter of crm waits again.\n');
    expect(await cli(['backlog', 'redrive', 'crm', '--reason', 'fixed'])).toMatchObject({ exit: 1 });
  });
});
