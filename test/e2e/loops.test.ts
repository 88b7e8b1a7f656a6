/** Backups that send the call back to the number: each round ends, and the caller's own call goes on to the next step. */
import { describe, expect, it } from 'vitest';
import type { PhoneBehaviour } from '../../stand-ins/twilio/phones.ts';
import type { Transcript } from '../../stand-ins/twilio/transcript.ts';
import { openWorld, put } from '../support/world.ts';
import { CALLER, closeAfterTest, dialled, MOBILE, NUMBER, openRig, SECOND, stepsOf, THIRD, useRedis } from './rig.ts';

const redis = useRedis();
const OTHER = '+442079460124';
const phones: Record<string, PhoneBehaviour> = { [MOBILE]: { does: 'forwards-to', number: NUMBER }, [SECOND]: { does: 'answers' } };
const PLAN = [{ to: MOBILE }, { to: SECOND }];

/** The calls that a call was forwarded as. */
const forwarded = (call: Transcript): Transcript[] => stepsOf(call, 'forwarded').map((step) => step.call);

describe('a backup that forwards back to the number', () => {
  it.each([
    ['a number, and the network says who forwarded it', CALLER, true], ['a number, and the network does not say', CALLER, false],
    ['withheld, and the network says who forwarded it', 'anonymous', true], ['withheld, and the network does not say', 'anonymous', false],
  ])('is refused as busy when the caller is %s; the call goes on to the next', async (_what, from, told) => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones: { ...phones, ...(told ? {} : { [MOBILE]: { does: 'forwards-to', number: NUMBER, silently: true } }) } } });
    await rig.divert();
    const call = await rig.place({ from });
    expect(dialled(call)).toEqual([MOBILE, SECOND]);
    expect(call.outcome).toMatchObject({ is: 'answered', by: SECOND });
    const [inner] = forwarded(call);
    // It shows whom the backup saw.
    expect(inner).toMatchObject({ from: from === CALLER ? CALLER : NUMBER, to: NUMBER, status: 'busy', outcome: { is: 'nothing' } });
    if (!inner) throw new Error('It did not come back');
    expect('ForwardedFrom' in (inner.webhooks[0]?.params ?? {})).toBe(told);
    await rig.recorded(inner, { outcome: 'returned' });
    await rig.recorded(call, { outcome: 'answered' });
    expect(await rig.metric('ringthrough_calls_returned_total')).toBe(1);
    expect(await rig.lostCallers()).toEqual([]);
  });

  it('may ring the primary and no other phone where only the network says that it was forwarded', async () => {
    const rig = await openRig(redis(), { plan: PLAN, settings: { LOOP_WINDOW_SECONDS: 0 }, twilio: { phones } });
    await rig.divert();
    const call = await rig.place();
    const [inner] = forwarded(call);
    // No message can be left at the end of a forwarded call: its announcement would count as an answer.
    expect(inner && dialled(inner)).toEqual([]);
    expect(stepsOf(call, 'forwarded')).toHaveLength(1);
    expect(call.outcome).toMatchObject({ is: 'answered' });
  });

  it('rings the office on a quiet day, when its owner forwards the mobile there', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    const call = await rig.place({ forwardedFrom: MOBILE });
    expect(dialled(call)).toEqual(['pbx']);
    expect(call.outcome).toMatchObject({ is: 'answered' });
  });

  it('named by the carrier as forwarded by the number itself is refused, whoever calls', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    for (const from of [CALLER, 'anonymous']) {
      const call = await rig.place({ from, forwardedFrom: NUMBER });
      expect(call).toMatchObject({ status: 'busy', outcome: { is: 'nothing' } });
      await rig.recorded(call, { outcome: 'returned' });
    }
    expect(rig.pbx.calls).toEqual([]);
    expect(await rig.metric('ringthrough_calls_returned_total')).toBe(2);
  });
});

describe('two numbers that are the backup of each other', () => {
  it('are refused; were they stored all the same, the call does not go round and round', async () => {
    const rig = await openRig(redis(), { plan: [{ to: OTHER }, { to: SECOND }], twilio: { phones } });
    await rig.putPlan('back', [{ to: NUMBER }, { to: THIRD }]);
    await expect(rig.addNumber(OTHER, { plan: 'back' })).rejects.toThrow('destination_refused');
    const world = await openWorld(redis().url);
    closeAfterTest(() => world.close());
    const revision = await put(world.store, 'numbers', OTHER, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'back' });
    expect(await rig.api.follower.reached(revision, 5000)).toBe(true);
    await rig.divert();
    const call = await rig.place();
    const rounds = (one: Transcript): number => 1 + forwarded(one).reduce((sum, inner) => sum + rounds(inner), 0);
    expect(rounds(call)).toBeLessThanOrEqual(3);
    expect(call.outcome).toMatchObject({ is: 'answered' });
    expect(dialled(call)).toEqual([SECOND]);
    expect(await rig.metric('ringthrough_destinations_refused_total', { rule: 'loop' })).toBe(1);
  });
});

describe('our mark', () => {
  it('on a call that comes back over SIP to the same number has it refused', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    await rig.place();
    const mark = rig.pbx.calls[0]?.headers['x-ringthrough'] ?? '';
    expect(mark).not.toBe('');
    const back = await rig.place({ overSip: true, sipHeaders: { 'X-Ringthrough': mark } });
    expect(back).toMatchObject({ status: 'busy', outcome: { is: 'nothing' } });
    await rig.recorded(back, { outcome: 'returned' });
  });

  it('of a call to another number lets the primary ring, and no other phone', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    await rig.addNumber(OTHER, { plan: 'desk' });
    await rig.place();
    const sipHeaders = { 'X-Ringthrough': rig.pbx.calls[0]?.headers['x-ringthrough'] ?? '' };
    expect(dialled(await rig.place({ to: OTHER, overSip: true, sipHeaders }))).toEqual(['pbx']);
    await rig.divert();
    const diverted = await rig.place({ to: OTHER, overSip: true, sipHeaders });
    expect(dialled(diverted)).toEqual([]);
    expect(diverted.outcome).toMatchObject({ is: 'announcement' });
  });
});

describe('who calls again', () => {
  it('within seconds while the first call is with a backup is taken for a loop, a withheld caller never', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones: { [MOBILE]: { does: 'answers', talkSeconds: 60 }, [SECOND]: { does: 'answers' } } } });
    await rig.divert();
    const during = async (from: string): Promise<Transcript> => {
      let connected = () => {};
      const picked = new Promise<void>((resolve) => { connected = resolve; });
      const first = rig.place({ from, onPickedUp: connected });
      await picked;
      const second = await rig.place({ from });
      await first;
      return second;
    };
    expect(await during(CALLER)).toMatchObject({ status: 'busy' });
    expect((await during('anonymous')).outcome).toMatchObject({ is: 'answered' });
    // The first call is over: a new one is a new one.
    expect((await rig.place()).outcome).toMatchObject({ is: 'answered', by: MOBILE });
  });
});
