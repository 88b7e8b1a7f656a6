/** Redis is killed during calls: they are answered from memory, and recorded when it is back. */
import { describe, expect, it, vi } from 'vitest';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { dialled, MOBILE, openRig, SECOND, useRedis } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE }, { to: SECOND }];
const twilio = { phones: { [MOBILE]: { does: 'busy' }, [SECOND]: { does: 'answers' } } } as const;

describe('Redis killed during a call', () => {
  it('the call and those after it go on by the plan; the records appear once Redis is back', async () => {
    const rig = await openRig(redis(), { plan: PLAN, pbx: { behaviour: 'refusing' }, twilio });
    const deliver: Deliver = async ({ kind }, send) => {
      if (kind === 'action') await redis().kill();
      return send();
    };
    const during = await rig.twilio.placeCall({ from: '+447700900201', to: '+442079460123', deliver });
    const after = await rig.twilio.placeCall({ from: '+447700900202', to: '+442079460123' });
    for (const call of [during, after]) {
      expect(dialled(call)).toEqual(['pbx', MOBILE, SECOND]);
      expect(call.outcome).toMatchObject({ is: 'answered', by: SECOND });
      expect(call.violations).toEqual([]);
    }
    expect((await rig.api.request('PUT', '/v1/customers/late', { name: 'Late' })).status).toBe(503);
    expect(await rig.metric('ringthrough_spool_entries')).toBeGreaterThan(0);
    await vi.waitFor(async () => expect((await rig.api.request('GET', '/readyz', undefined, null)).body).toMatchObject({ status: 'memory-only' }), { timeout: 10_000, interval: 20 });
    await redis().restart();
    for (const call of [during, after]) {
      await rig.recorded(call, { outcome: 'answered', endedAt: expect.any(String) as string, legs: [{ step: 'primary', end: 'failed' }, { to: MOBILE, end: 'busy' }, { to: SECOND, end: 'answered' }] });
    }
    await vi.waitFor(async () => expect(await rig.metric('ringthrough_spool_entries')).toBe(0), { timeout: 10_000, interval: 20 });
    expect(await rig.metric('ringthrough_call_claims_dropped')).toBe(0);
    await vi.waitFor(async () => expect((await rig.api.request('GET', '/healthz', undefined, null)).body).toMatchObject({ status: 'ok' }), { timeout: 10_000, interval: 20 });
    expect(await rig.divert()).toMatchObject({ changed: true });
    expect(dialled(await rig.place())).toEqual([MOBILE, SECOND]);
  });

  it('a diversion stays in force', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio });
    await rig.divert();
    await redis().kill();
    expect(dialled(await rig.twilio.placeCall({ from: '+447700900203', to: '+442079460123' }))).toEqual([MOBILE, SECOND]);
    await redis().restart();
    await vi.waitFor(async () => expect(await rig.metric('ringthrough_table_in_step')).toBe(1), { timeout: 10_000, interval: 20 });
    expect(dialled(await rig.place())).toEqual([MOBILE, SECOND]);
    await rig.restore();
    expect(dialled(await rig.place())).toEqual(['pbx']);
  });

  it('over several processes, a backup for one call is free again after the call that it had meanwhile', async () => {
    const rig = await openRig(redis(), { plan: [{ to: MOBILE, maxCalls: 1 }, { to: SECOND }], services: 3, twilio: { phones: { ...twilio.phones, [MOBILE]: { does: 'answers' } } } });
    await rig.divert();
    for (const service of rig.services) await service.follower.reached(rig.api.follower.status().revision, 5000);
    await redis().kill();
    // Its leg begins at one process, ends at another and is closed at a third, and none can tell the others.
    expect(dialled(await rig.twilio.placeCall({ from: '+447700900204', to: '+442079460123' }))).toEqual([MOBILE]);
    await redis().restart();
    const inStep = () => vi.waitFor(async () => expect([await rig.metric('ringthrough_table_in_step'), await rig.metric('ringthrough_active_legs')]).toEqual([3, 0]), { timeout: 10_000, interval: 20 });
    for (const from of ['+447700900205', '+447700900206', '+447700900207']) {
      await inStep();
      expect(dialled(await rig.place({ from }))).toEqual([MOBILE]);
    }
  });
});
