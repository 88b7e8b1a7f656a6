/** Routings at carriers over the API: what is so with each number, how far a diversion has come, and how a conflict ends. */
import { describe, expect, it } from 'vitest';
import { progressOf } from '../../src/diversion/route-desk.ts';
import { eachTwilio } from '../support/each-twilio.ts';

const TRUNK = `TK${'b'.repeat(32)}`;
const OLD = 'https://old.example/voice';
const [ONE, TWO] = ['+442079460001', '+442079460002'];

const here = eachTwilio(async ({ twilio, service }) => {
  for (const number of [ONE, TWO]) {
    twilio.addNumber(number, { trunk_sid: TRUNK, voice_url: OLD });
    await service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
  }
});

interface Shown {
  is: string;
  diversion?: string;
  conflict?: { ours: Record<string, string>; there: Record<string, string>; original: Record<string, string> };
  wanted: { is: string; targets: string[]; diversion?: string };
  original?: Record<string, string>;
}

const shown = (number: string) => here.service.ask<Shown>('GET', `/v1/numbers/${number}/route`);
const turn = (says: 'divert' | 'restore') => here.service.ask<{ diversion: string }>('POST', `/v1/primaries/pbx/${says}`, { reason: 'test' });
const settings = (number: string) => {
  const held = here.twilio.number(number);
  if (!held) throw new Error('the stand-in lost the number');
  return held.settings;
};

async function diverted(): Promise<string> {
  const { diversion } = await turn('divert');
  await expect.poll(async () => [(await shown(ONE)).is, (await shown(TWO)).is]).toEqual(['diverted', 'diverted']);
  return diversion;
}

describe('a routing', () => {
  it('shows what is so and what is wanted, of each number and of all of a diversion', async () => {
    await expect.poll(async () => (await shown(ONE)).is).toBe('in step');
    expect((await shown(ONE)).wanted).toEqual({ is: 'original', targets: [], uncaught: 'no-document' });
    const diversion = await diverted();
    expect(await shown(ONE)).toMatchObject({ number: ONE, carrier: 'main', diversion, wanted: { is: 'diverted', targets: [`${here.service.publicBaseUrl}/webhooks/main/voice`], diversion }, original: { trunkSid: TRUNK, voiceUrl: OLD } });
    const { progress, items, next } = await here.service.ask<{ progress: object; items: { number: string; is: string }[]; next?: string }>('GET', `/v1/diversions/${diversion}/numbers?limit=1`);
    expect(progress).toMatchObject({ numbers: 2, left: 0, states: { diverted: 2, pending: 0 }, carriers: [{ carrier: 'main', numbers: 2, failing: false, pauseSeconds: 0 }] });
    const pace = async () => (await here.service.ask<{ progress: { carriers: { writesPerSecond: number }[] } }>('GET', `/v1/diversions/${diversion}/numbers`)).progress.carriers[0]?.writesPerSecond;
    await expect.poll(pace).toBeGreaterThan(0);
    expect(items).toMatchObject([{ number: ONE, is: 'diverted' }]);
    expect(await here.service.ask('GET', `/v1/diversions/${diversion}/numbers?cursor=${next}`)).toMatchObject({ items: [{ number: TWO }] });
    await turn('restore');
    await expect.poll(() => here.service.ask('GET', `/v1/diversions/${diversion}/numbers`)).toMatchObject({ progress: { left: 0, states: { 'in step': 2 } } });
  });

  it('that somebody else has changed is a conflict, which ends as the operator says, on record', async () => {
    await diverted();
    settings(ONE).voice_url = 'https://theirs.example/';
    await here.service.ask('POST', `/v1/numbers/${ONE}/route/retry`);
    await expect.poll(async () => (await shown(ONE)).is).toBe('conflict');
    const { items } = await here.service.ask<{ items: Shown[] }>('GET', '/v1/conflicts');
    expect(items).toMatchObject([{ number: ONE, conflict: { there: { voiceUrl: 'https://theirs.example/' }, original: { voiceUrl: OLD, trunkSid: TRUNK } } }]);
    expect(settings(ONE).voice_url).toBe('https://theirs.example/');
    const { status } = await here.service.request('POST', `/v1/numbers/${ONE}/route/resolve`, { how: 'original', reason: 'by mistake' });
    expect(status).toBe(202);
    await expect.poll(() => [settings(ONE).voice_url, settings(ONE).trunk_sid]).toEqual([OLD, TRUNK]);
    await expect.poll(() => here.service.ask('GET', '/v1/conflicts')).toEqual({ items: [] });
    expect(await here.service.ask('GET', '/v1/audit?limit=1')).toMatchObject({ items: [{ action: 'routes.resolve', reason: 'by mistake', changes: [{ subject: `numbers/${ONE}`, after: { how: 'original' } }] }] });
    const again = await here.service.request('POST', `/v1/numbers/${ONE}/route/resolve`, { how: 'keep' });
    expect([again.status, again.body['code']]).toEqual([409, 'conflict_absent']);
  });

  it('is told only of numbers that have one', async () => {
    await here.service.ask('PUT', `/v1/numbers/+442079460009`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    for (const [method, path, code] of [['GET', '/v1/numbers/+442079460009/route', 'number_not_routed'], ['POST', '/v1/numbers/+442079460008/route/retry', 'not_found'], ['GET', '/v1/diversions/none/numbers', 'not_found']] as const) {
      expect((await here.service.request(method, path)).body['code'], path).toBe(code);
    }
  });
});

it('progress: what is left, and how long it takes at the pace so far', () => {
  const none = { 'in step': 0, pending: 0, diverted: 0, failed: 0, conflict: 0, 'no plan': 0 };
  expect(progressOf(none, false, 0, 1000)).toEqual({ numbers: 0, left: 0 });
  expect(progressOf({ ...none, pending: 100 }, false, 0, 1000)).toEqual({ numbers: 100, left: 100 });
  expect(progressOf({ ...none, pending: 60, diverted: 35, failed: 5 }, false, 1000, 5000)).toEqual({ numbers: 100, left: 60, perSecond: 8.8, etaSeconds: 7 });
  expect(progressOf({ ...none, 'in step': 25, diverted: 75 }, true, 1000, 2000)).toEqual({ numbers: 100, left: 75, perSecond: 25, etaSeconds: 3 });
});
