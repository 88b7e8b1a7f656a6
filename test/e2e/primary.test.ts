/** A call to a number whose primary is up, refuses, is dead or silent: saved in the very same call when the network failed, left alone when people did. */
import { describe, expect, it } from 'vitest';
import { startPbxProcess } from './pbx-process.ts';
import { CALLER, dialled, MOBILE, NUMBER, openRig, stepsOf, useRedis } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE }];
const answering = { twilio: { phones: { [MOBILE]: { does: 'answers' } } } } as const;

describe('a primary that is up', () => {
  it('has the call, which is hung up after it and never dialled on', async () => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering });
    const call = await rig.place();
    expect(call).toMatchObject({ status: 'completed', outcome: { is: 'answered', machine: false } });
    expect(dialled(call)).toEqual(['pbx']);
    expect(rig.pbx.calls).toMatchObject([{ to: NUMBER, from: CALLER, headers: { 'x-ringthrough': expect.stringMatching(`^${call.callSid}\\.`) as string } }]);
    expect(rig.twilio.phones.calls).toEqual([]);
    expect(await rig.recorded(call, { outcome: 'answered', endedAt: expect.any(String) as string })).toMatchObject({
      route: 'primary-first', answeredBy: 'primary', number: NUMBER, from: CALLER, customer: 'acme', primary: 'pbx', protected: true,
      legs: [{ step: 'primary', end: 'answered', cause: 'user' }], seconds: expect.any(Number) as number,
    });
    expect(await rig.lostCallers()).toEqual([]);
    expect(await rig.metric('ringthrough_calls_total', { route: 'primary-first' })).toBe(1);
    expect(await rig.metric('ringthrough_legs_total', { end: 'answered' })).toBe(1);
  });

  it('has the call without a plan too; such calls are counted', async () => {
    const rig = await openRig(redis());
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'answered' });
    await rig.recorded(call, { outcome: 'answered', protected: false });
    expect(await rig.metric('ringthrough_calls_unprotected_total')).toBe(1);
  });
});

describe('a primary that fails', () => {
  it.each([['refusing', 503, 'down'], ['silent', 408, 'down']] as const)('%s: the plan takes over in the same call', async (behaviour, sip, cause) => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering, pbx: { behaviour } });
    const call = await rig.place();
    expect(call.outcome).toEqual({ is: 'answered', by: MOBILE, machine: false });
    expect(dialled(call)).toEqual(['pbx', MOBILE]);
    expect(rig.twilio.phones.callsTo(MOBILE)).toMatchObject([{ callerId: CALLER }]);
    const { answeredBy, legs } = await rig.recorded(call, { outcome: 'answered', route: 'primary-first' });
    expect(legs).toMatchObject([{ step: 'primary', end: 'failed', cause, sip }, { step: answeredBy, to: MOBILE, end: 'answered' }]);
    expect(await rig.lostCallers()).toEqual([]);
    expect(await rig.metric('ringthrough_legs_total', { end: 'failed', cause })).toBe(1);
  });

  it('killed: the plan takes over at once, and the primary has the calls again as soon as it runs', async () => {
    const first = await startPbxProcess();
    const rig = await openRig(redis(), { plan: PLAN, twilio: { ...answering.twilio, sipHosts: new Map([['pbx.example.net', { host: '127.0.0.1', port: first.port }]]) } });
    expect(dialled(await rig.place())).toEqual(['pbx']);
    await first.kill();
    const saved = await rig.place();
    expect(saved.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    expect(await rig.recorded(saved, { outcome: 'answered' })).toMatchObject({ legs: [{ step: 'primary', end: 'failed', cause: 'down', sip: 503 }, { to: MOBILE, end: 'answered' }] });
    await startPbxProcess(first.port);
    expect(dialled(await rig.place())).toEqual(['pbx']);
  });

  it('without a plan the caller is told, and is on the lost-caller list until somebody speaks to it', async () => {
    const rig = await openRig(redis(), { pbx: { behaviour: 'refusing' } });
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('cannot be reached') as string });
    await rig.recorded(call, { outcome: 'lost', protected: false });
    expect(await rig.lostCallers()).toMatchObject([{ from: CALLER, calls: 1, numbers: [NUMBER], customer: 'acme' }]);
    expect(await rig.calls('?outcome=lost')).toHaveLength(1);
    rig.pbx.setBehaviour('up');
    await rig.recorded(await rig.place(), { outcome: 'answered' });
    expect(await rig.lostCallers()).toEqual([]);
  });
});

describe("what the primary's own people do", () => {
  it.each([['busy', 'line is busy', 'missed'], ['no-answer', 'no answer', 'missed']] as const)('%s stays with them', async (behaviour, said, outcome) => {
    const rig = await openRig(redis(), { plan: PLAN, ...answering, pbx: { behaviour }, primary: { ringSeconds: 15 } });
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining(said) as string });
    expect(dialled(call)).toEqual(['pbx']);
    expect(await rig.recorded(call, { outcome })).toMatchObject({ legs: [{ step: 'primary', end: behaviour, cause: 'user' }] });
    expect(await rig.lostCallers()).toMatchObject([{ from: CALLER }]);
  });

  it.each(['busy', 'no-answer'] as const)('%s goes on to the plan when followOn says so', async (behaviour) => {
    const rig = await openRig(redis(), { plan: PLAN, planMore: { followOn: [behaviour] }, ...answering, pbx: { behaviour }, primary: { ringSeconds: 15 } });
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    expect(stepsOf(call, 'leg').map(({ result }) => result)).toEqual([behaviour, 'completed']);
    await rig.recorded(call, { outcome: 'answered' });
  });

  it('followOn for the one does not hold for the other', async () => {
    const rig = await openRig(redis(), { plan: PLAN, planMore: { followOn: ['no-answer'] }, ...answering, pbx: { behaviour: 'busy' } });
    expect(dialled(await rig.place())).toEqual(['pbx']);
  });
});
