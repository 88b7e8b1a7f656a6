/** Divert and restore by hand: the very next call goes the other way, in every process of the service. */
import { describe, expect, it, vi } from 'vitest';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { CALLER, dialled, MOBILE, NUMBER, openRig, useRedis } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE }];
const answering = { twilio: { phones: { [MOBILE]: { does: 'answers' } } } } as const;
interface Diversion { id: string; primary: string; started: { reason: string; by: { key: string } }; ended?: { reason: string } }

describe('a diversion', () => {
  it('sends the very next call straight to the backup, and the one after the restore to the primary', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering });
    expect(dialled(await rig.place())).toEqual(['pbx']);
    const { diversion } = await rig.divert();
    const diverted = await rig.place();
    expect(dialled(diverted)).toEqual([MOBILE]);
    expect(await rig.recorded(diverted, { outcome: 'answered' })).toMatchObject({ route: 'plan', diversion, legs: [{ to: MOBILE, end: 'answered' }] });
    await rig.restore();
    const restored = await rig.place();
    expect(dialled(restored)).toEqual(['pbx']);
    expect((await rig.recorded(restored, { outcome: 'answered' })).route).toBe('primary-first');
    const { items } = await rig.api.ask<{ items: Diversion[] }>('GET', '/v1/diversions');
    expect(items).toMatchObject([{ id: diversion, primary: 'pbx', started: { reason: 'the PBX is down', by: { key: expect.any(String) as string } }, ended: { reason: 'the PBX is back' } }]);
    expect(await rig.metric('ringthrough_calls_total', { route: 'plan' })).toBe(1);
    expect(await rig.metric('ringthrough_primaries_diverted')).toBe(0);
  });

  it('is one, however often it is ordered; so is its end', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering });
    const { diversion } = await rig.divert();
    expect(await rig.divert('again')).toMatchObject({ diversion, changed: false });
    expect(await rig.metric('ringthrough_primaries_diverted')).toBe(1);
    await rig.restore();
    expect(await rig.restore('again')).toMatchObject({ changed: false });
    const { items } = await rig.api.ask<{ items: Diversion[] }>('GET', '/v1/diversions');
    expect(items).toMatchObject([{ started: { reason: 'the PBX is down' }, ended: { reason: 'the PBX is back' } }]);
  });

  it('ordered at one process holds for the next call at each of the others', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering, services: 4 });
    const [first, ...others] = rig.services;
    const follow = async () => {
      for (const service of others) expect(await service.follower.reached(first?.follower.status().revision ?? 0, 5000)).toBe(true);
    };
    // Three webhooks a call over four processes: each call begins at another.
    const round = async () => {
      const way: string[] = [];
      for (const from of ['+447700900161', '+447700900162', '+447700900163', '+447700900164']) way.push(dialled(await rig.place({ from })).join());
      return way;
    };
    expect(await round()).toEqual(['pbx', 'pbx', 'pbx', 'pbx']);
    await rig.divert();
    await follow();
    expect(await round()).toEqual([MOBILE, MOBILE, MOBILE, MOBILE]);
    await rig.restore();
    await follow();
    expect(await round()).toEqual(['pbx', 'pbx', 'pbx', 'pbx']);
    for (const { request } of rig.services) {
      const { body } = await request<string>('GET', '/metrics', undefined, null);
      expect(body.split('\n').filter((line) => line.startsWith('ringthrough_calls_total'))).toEqual(['ringthrough_calls_total{route="primary-first"} 2', 'ringthrough_calls_total{route="plan"} 1']);
    }
    await vi.waitFor(async () => expect((await rig.calls()).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => 'answered')), { timeout: 5000, interval: 10 });
  });

  it('begun while the primary rings in vain lets the plan follow', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering, pbx: { behaviour: 'no-answer' }, primary: { ringSeconds: 15 } });
    const deliver: Deliver = async ({ kind }, send) => {
      if (kind === 'action' && rig.twilio.phones.calls.length === 0) await rig.divert('while it rings');
      return send();
    };
    const call = await rig.place({ deliver });
    expect(dialled(call)).toEqual(['pbx', MOBILE]);
    await rig.recorded(call, { outcome: 'answered' });
  });

  it('that ends while a backup is tried in vain has the primary, not tried yet, follow', async () => {
    const rig = await openRig(redis(), { plan: [...PLAN, { to: 'announcement', say: 'We are closed.' }], twilio: { phones: { [MOBILE]: { does: 'busy' } } } });
    await rig.divert();
    const deliver: Deliver = async ({ kind }, send) => {
      if (kind === 'action' && rig.pbx.calls.length === 0) await rig.restore('it is back');
      return send();
    };
    const call = await rig.place({ deliver });
    expect(dialled(call)).toEqual([MOBILE, 'pbx']);
    expect(call.outcome).toMatchObject({ is: 'answered' });
  });

  it('of one primary leaves the numbers of the others alone', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering });
    await rig.api.ask('PUT', '/v1/primaries/other', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
    const other = '+442079460124';
    await rig.addNumber(other, { primary: 'other', plan: 'desk' });
    await rig.divert();
    expect(dialled(await rig.place({ to: other }))).toEqual(['pbx']);
    expect(dialled(await rig.place())).toEqual([MOBILE]);
  });

  it('is in what the primary says of itself', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering });
    await rig.divert('fire alarm');
    const { status } = await rig.api.ask<{ status: Record<string, unknown> }>('GET', '/v1/primaries/pbx');
    expect(status).toMatchObject({ state: 'down', numbers: 1, unprotected: 0, why: expect.stringContaining('fire alarm') as string });
    const steps = await rig.api.ask<{ steps: { to: string }[] }>('GET', `/v1/numbers/${NUMBER}/steps?from=${encodeURIComponent(CALLER)}`);
    expect(steps.steps[0]?.to).toBe(MOBILE);
  });
});
