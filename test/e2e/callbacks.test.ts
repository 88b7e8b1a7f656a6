/** Callbacks as carriers really send them: late, twice, out of order, not at all; callers who hang up; and who is shown as calling. */
import { describe, expect, it, vi } from 'vitest';
import type { Transcript } from '../../stand-ins/twilio/transcript.ts';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { CALLER, dialled, MOBILE, NUMBER, openRig, SECOND, stepsOf, useRedis, type Rig, type ShownCall } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE, ringSeconds: 10 }, { to: SECOND }, { to: 'voicemail' }];
const PHONES = { [MOBILE]: { does: 'no-answer' }, [SECOND]: { does: 'answers' } } as const;

/** Without what differs between any two calls, and between the callbacks' own times. */
function comparable({ id: _id, ref: _ref, startedAt: _start, endedAt: _end, seconds: _seconds, ...rest }: ShownCall): unknown {
  return rest;
}

async function recordOf(rig: Rig, call: Transcript, outcome = 'answered'): Promise<unknown> {
  return comparable(await rig.recorded(call, { outcome, endedAt: expect.any(String) as string }));
}

describe('callbacks', () => {
  const failing = (deliver?: Deliver) => openRig(redis(), { plan: PLAN, pbx: { behaviour: 'refusing' }, twilio: { phones: PHONES, ...(deliver ? { deliver } : {}) } });

  it('that come twice leave the record of a call that they came for once', async () => {
    const rig = await failing();
    const plain = await recordOf(rig, await rig.place());
    const twice = await rig.place({
      deliver: async (_webhook, send) => {
        await send();
        return send();
      },
    });
    expect(dialled(twice)).toEqual(['pbx', MOBILE, SECOND]);
    expect(await recordOf(rig, twice)).toEqual(plain);
    expect(plain).toMatchObject({ outcome: 'answered', legs: [{ step: 'primary', end: 'failed' }, { end: 'no-answer' }, { end: 'answered' }] });
  });

  it('that come once more after the call, the last first, change nothing and dial nobody', async () => {
    const rig = await failing();
    const plain = await recordOf(rig, await rig.place());
    const call = await rig.place();
    for (const webhook of call.webhooks.toReversed()) expect((await rig.twilio.resend(webhook))?.status).toBeLessThan(300);
    expect(await recordOf(rig, call)).toEqual(plain);
    expect(await rig.metric('ringthrough_active_legs')).toBe(0);
    expect(rig.pbx.calls).toHaveLength(2);
  });

  it.each(['missed', 'answered'] as const)('of a call that was %s: the status before all that it closes', async (outcome) => {
    const rig = await failing();
    if (outcome === 'missed') rig.twilio.phones.behaviours.set(SECOND, { does: 'busy' });
    await rig.putPlan('desk', PLAN.slice(0, 2));
    const plain = await recordOf(rig, await rig.place(), outcome);
    const call = await rig.place();
    // What a step answers must come in time, so the order is changed afterwards: all is sent again to a store that has forgotten the call.
    await redis().flush();
    await rig.api.follower.stop();
    const status = call.webhooks.find(({ kind }) => kind === 'status');
    const others = call.webhooks.filter(({ kind }) => kind !== 'status');
    if (!status) throw new Error('There was no status callback');
    await rig.twilio.resend(status);
    for (const webhook of others.toReversed()) await rig.twilio.resend(webhook);
    expect(await recordOf(rig, call, outcome)).toEqual(plain);
  });

  it('a status callback that never comes leaves the call without an end, and what is known of it', async () => {
    const rig = await failing(async ({ kind }, send) => (kind === 'status' ? undefined : send()));
    const call = await rig.place();
    const record = await rig.recorded(call, { outcome: 'answered', legs: [{ step: 'primary' }, { to: MOBILE }, { to: SECOND }] });
    expect(record).not.toHaveProperty('endedAt');
    expect(await rig.metric('ringthrough_active_legs')).toBe(0);
  });

  it('a step that is lost on the way is asked for at the fallback, and the call goes on', async () => {
    let lost = 0;
    const rig = await failing(async ({ kind }, send) => (kind === 'action' && (lost += 1) === 1 ? undefined : send()));
    const call = await rig.place();
    expect(dialled(call)).toEqual(['pbx', MOBILE, SECOND]);
    expect(call.webhooks.map(({ kind }) => kind)).toEqual(['voice', 'fallback', 'action', 'action', 'status']);
    expect(call.outcome).toMatchObject({ is: 'answered', by: SECOND });
    await rig.recorded(call, { outcome: 'answered' });
  });
});

describe('a caller who hangs up', () => {
  /** Long enough not to run out before the caller has gone. */
  const LONG = { ringSeconds: 120 };

  it.each([['at the primary', {}, 1], ['at a backup', { behaviour: 'refusing' }, 2]] as const)('while it rings %s was missed, and nobody is dialled on', async (_where, more, legs) => {
    const rig = await openRig(redis(), { plan: [{ to: MOBILE, ...LONG }, { to: SECOND }], pbx: { behaviour: 'no-answer', ...more }, twilio: { phones: PHONES } });
    const hangUp = new AbortController();
    const placed = rig.place({ gone: hangUp.signal });
    await vi.waitFor(() => expect(rig.pbx.calls.length + rig.twilio.phones.calls.length).toBe(legs), { timeout: 5000, interval: 5 });
    hangUp.abort();
    const call = await placed;
    expect(call).toMatchObject({ outcome: { is: 'hung-up' }, status: 'no-answer' });
    expect(dialled(call)).toHaveLength(legs);
    const record = await rig.recorded(call, { outcome: 'missed', seconds: 0 });
    expect(record.legs.at(-1)).toMatchObject({ end: 'cancelled', cause: 'user' });
    expect(await rig.lostCallers()).toMatchObject([{ from: CALLER, calls: 1 }]);
    expect(await rig.metric('ringthrough_active_legs')).toBe(0);
  });

  it('while the backup is asked to press 1 was missed', async () => {
    const rig = await openRig(redis(), { plan: [{ to: MOBILE, screen: true, ...LONG }, { to: SECOND }], pbx: { behaviour: 'refusing' }, twilio: { phones: { ...PHONES, [MOBILE]: { does: 'answers' } } } });
    const hangUp = new AbortController();
    const deliver: Deliver = async ({ kind }, send) => {
      const asked = await send();
      if (kind === 'screen') hangUp.abort();
      return asked;
    };
    const call = await rig.place({ gone: hangUp.signal, deliver });
    expect(dialled(call)).toEqual(['pbx', MOBILE]);
    expect(call.outcome).toEqual({ is: 'hung-up' });
    await rig.recorded(call, { outcome: 'missed' });
    expect(rig.twilio.phones.callsTo(SECOND)).toEqual([]);
  });

  it('during the voicemail greeting was missed; after the tone has left a message', async () => {
    const rig = await openRig(redis(), { plan: [{ to: 'voicemail' }], pbx: { behaviour: 'refusing' } });
    await rig.recorded(await rig.place({ hangUpAfterMs: 3000 }), { outcome: 'missed' });
    await rig.recorded(await rig.place({ message: { seconds: 4, ends: 'hangs-up' } }), { outcome: 'voicemail', voicemail: { seconds: 4 } });
  });
});

describe('who is shown as calling', () => {
  const diverted = async () => {
    const rig = await openRig(redis(), { plan: [{ to: MOBILE }], twilio: { phones: { [MOBILE]: { does: 'answers' } } } });
    await rig.divert();
    return rig;
  };

  it.each([
    ['a number', CALLER, CALLER],
    ['a withheld number', 'anonymous', NUMBER],
    ['a withheld number, in digits', '+266696687', NUMBER],
    ['no number at all', '', NUMBER],
    ['an impossible number', '+10005550100', NUMBER],
    ['a name', 'Restricted', NUMBER],
  ])('%s reaches the backup as one that the carrier allows', async (_what, from, shown) => {
    const rig = await diverted();
    const call = await rig.place({ from });
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    expect(rig.twilio.phones.callsTo(MOBILE)).toMatchObject([{ callerId: shown }]);
    await rig.recorded(call, { outcome: 'answered' });
  });

  it('over SIP our own number stands in towards a telephone, and the caller passes towards the PBX', async () => {
    const rig = await diverted();
    await rig.place({ overSip: true });
    expect(rig.twilio.phones.callsTo(MOBILE)).toMatchObject([{ callerId: NUMBER }]);
    await rig.restore();
    await rig.place({ overSip: true });
    expect(rig.pbx.calls).toMatchObject([{ to: NUMBER, from: CALLER }]);
  });

  it('a withheld caller reaches the PBX as withheld', async () => {
    const rig = await openRig(redis());
    const call = await rig.place({ from: 'anonymous' });
    expect(stepsOf(call, 'dialled')).toMatchObject([{ callerId: 'anonymous' }]);
    expect(rig.pbx.calls).toMatchObject([{ from: 'anonymous' }]);
  });
});
