/** What a plan's destinations do to a diverted call: order, hours, capacity, screening, voicemail, announcement, and whose plan counts. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Destination, Plan } from '../../src/domain/plan.ts';
import type { PhoneBehaviour } from '../../stand-ins/twilio/phones.ts';
import { BACKUP_HOST, CALLER, dialled, MOBILE, NUMBER, openRig, SECOND, stepsOf, THIRD, type Rig, type RigOptions, useRedis } from './rig.ts';

const redis = useRedis();

/** Sunday: all is closed that opens on weekdays. */
const CLOSED_NOW = (at: number): string => `${['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'][(new Date(at).getUTCDay() + 2) % 7]} 09:00-17:00`;

/** A number whose primary is diverted, with these destinations and telephones. */
async function diverted(plan: readonly Destination[] | undefined, phones: Record<string, PhoneBehaviour>, more: Omit<RigOptions, 'plan' | 'twilio'> = {}): Promise<Rig> {
  const rig = await openRig(redis(), { ...(plan ? { plan } : {}), ...more, twilio: { phones } });
  await rig.divert();
  for (const service of rig.services) await service.follower.reached(rig.api.follower.status().revision, 5000);
  return rig;
}

describe('backups in order', () => {
  it.each<[string, PhoneBehaviour, string]>([['busy', { does: 'busy' }, 'busy'], ['not answered', { does: 'no-answer' }, 'no-answer'], ['unreachable', { does: 'unreachable' }, 'failed']])('one that is %s is followed by the next', async (_what, behaviour, end) => {
    const rig = await diverted([{ to: MOBILE, ringSeconds: 10 }, { to: SECOND }], { [MOBILE]: behaviour, [SECOND]: { does: 'answers' } });
    const call = await rig.place();
    expect(dialled(call)).toEqual([MOBILE, SECOND]);
    expect(call.outcome).toMatchObject({ is: 'answered', by: SECOND });
    expect(await rig.recorded(call, { outcome: 'answered' })).toMatchObject({ legs: [{ to: MOBILE, end }, { to: SECOND, end: 'answered' }] });
    expect(rig.pbx.calls).toEqual([]);
  });

  it('rings each as long as the plan says', async () => {
    const rig = await diverted([{ to: MOBILE, ringSeconds: 10 }, { to: SECOND, ringSeconds: 40 }, { to: THIRD }], { [MOBILE]: { does: 'no-answer' }, [SECOND]: { does: 'busy' }, [THIRD]: { does: 'busy' } });
    // The carrier adds five seconds to what it is told.
    expect(stepsOf(await rig.place(), 'dialled').map(({ ringSeconds }) => ringSeconds + 5)).toEqual([10, 40, 20]);
  });

  it('when none takes the call the caller is told, and it is missed; when none could be rung it is lost', async () => {
    const rig = await diverted([{ to: MOBILE }, { to: SECOND }], { [MOBILE]: { does: 'busy' }, [SECOND]: { does: 'unreachable' } });
    const missed = await rig.place();
    expect(missed.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('nobody is free') as string });
    await rig.recorded(missed, { outcome: 'missed' });
    rig.twilio.phones.behaviours.set(MOBILE, { does: 'unreachable' });
    await rig.recorded(await rig.place({ from: '+447700900999' }), { outcome: 'lost' });
    expect((await rig.lostCallers()).map(({ from }) => from)).toEqual(['+447700900999', CALLER]);
  });

  it('rings a SIP address of a backup system', async () => {
    const rig = await diverted([{ to: `sip:desk@${BACKUP_HOST}` }], {});
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'answered' });
    expect(rig.pbx.calls).toMatchObject([{ to: 'desk', from: CALLER }]);
    await rig.recorded(call, { outcome: 'answered' });
  });
});

describe('hours', () => {
  it('a destination that is closed is not dialled', async () => {
    const rig = await diverted([{ to: MOBILE, hours: CLOSED_NOW(Date.now()) }, { to: SECOND, hours: '24/7' }], { [MOBILE]: { does: 'answers' }, [SECOND]: { does: 'answers' } });
    expect(dialled(await rig.place())).toEqual([SECOND]);
  });

  it('with all closed the caller hears an announcement, and the call is lost', async () => {
    const rig = await diverted([{ to: MOBILE, hours: CLOSED_NOW(Date.now()) }], { [MOBILE]: { does: 'answers' } });
    const call = await rig.place();
    expect(dialled(call)).toEqual([]);
    expect(call.outcome).toMatchObject({ is: 'announcement' });
    await rig.recorded(call, { outcome: 'lost' });
  });
});

describe('capacity', () => {
  const plan = [{ to: MOBILE, maxCalls: 1 }, { to: SECOND }];
  const phones: Record<string, PhoneBehaviour> = { [MOBILE]: { does: 'answers', talkSeconds: 300 }, [SECOND]: { does: 'answers' } };

  it.each([1, 2])('a destination for one call is passed over while it has one, over %i process(es), and not after', async (services) => {
    const rig = await diverted(plan, phones, { services });
    const hangUp = new AbortController();
    let talking = () => {};
    const connected = new Promise<void>((resolve) => { talking = resolve; });
    const first = rig.place({ gone: hangUp.signal, onPickedUp: talking });
    await connected;
    await vi.waitFor(async () => expect(await rig.metric('ringthrough_active_legs')).toBe(services), { timeout: 5000, interval: 5 });
    // As many as there are processes, so that each has to know of it.
    for (let count = 0; count < services; count += 1) expect(dialled(await rig.place({ from: `+44770090081${count}` }))).toEqual([SECOND]);
    hangUp.abort();
    expect(dialled(await first)).toEqual([MOBILE]);
    await vi.waitFor(async () => expect(await rig.metric('ringthrough_active_legs')).toBe(0), { timeout: 5000, interval: 5 });
    rig.twilio.phones.behaviours.set(MOBILE, { does: 'answers' });
    expect(dialled(await rig.place({ from: '+447700900820' }))).toEqual([MOBILE]);
  });

  it('two calls at once of one process: one gets it, the other goes on', async () => {
    const rig = await diverted(plan, phones);
    const calls = ['+447700900811', '+447700900812'].map((from) => rig.place({ from, hangUpAfterMs: 60_000 }));
    const taken = (await Promise.all(calls)).map((call) => dialled(call).join());
    expect(new Set(taken)).toEqual(new Set([MOBILE, SECOND]));
  });
});

describe('screening', () => {
  const screened = [{ to: MOBILE, screen: true }, { to: 'voicemail' }];

  it('who presses 1 has the call, and hears for whom it is', async () => {
    const rig = await diverted(screened, { [MOBILE]: { does: 'presses', key: '1' } });
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE, machine: false });
    expect(stepsOf(call, 'heard')).toMatchObject([{ who: 'callee', text: expect.stringMatching(/^Call for Acme\. .*press 1/) as string }]);
    await rig.recorded(call, { outcome: 'answered' });
  });

  it.each<[string, PhoneBehaviour]>([['a private voicemail', { does: 'private-voicemail' }], ['who presses another key', { does: 'presses', key: '2' }], ['who presses none', { does: 'answers' }]])('%s does not get the call', async (_what, behaviour) => {
    const rig = await diverted(screened, { [MOBILE]: behaviour });
    const call = await rig.place();
    expect(stepsOf(call, 'screened')).toMatchObject([{ to: MOBILE, accepted: false }]);
    expect(call.outcome).toMatchObject({ is: 'voicemail' });
    expect(await rig.recorded(call, { outcome: 'voicemail' })).toMatchObject({ legs: [{ to: MOBILE, end: 'no-answer' }] });
  });

  it('the last person is connected even without a key, unless the plan forbids it', async () => {
    const only = [{ to: MOBILE, screen: true }];
    const open = await diverted(only, { [MOBILE]: { does: 'answers' } });
    const call = await open.place();
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    await open.recorded(call, { outcome: 'answered' });
    await open.putPlan('desk', only, { failOpen: false });
    const closed = await open.place({ from: '+447700900999' });
    expect(closed.outcome).toMatchObject({ is: 'announcement' });
    await open.recorded(closed, { outcome: 'missed' });
  });
});

describe('voicemail and announcement', () => {
  it('a message is taken, and told with the call', async () => {
    const rig = await diverted([{ to: 'voicemail', say: 'Leave a word for <Acme> & friends.' }], {});
    const call = await rig.place({ message: { seconds: 12, ends: 'hangs-up' } });
    expect(call.outcome).toMatchObject({ is: 'voicemail', seconds: 12 });
    expect(stepsOf(call, 'heard').map(({ text }) => text)).toEqual(['Leave a word for <Acme> & friends.', '[beep]']);
    const recorded = stepsOf(call, 'recorded')[0]?.recordingSid;
    expect(await rig.recorded(call, { outcome: 'voicemail' })).toMatchObject({ voicemail: { recording: recorded, seconds: 12, url: expect.stringContaining(`${recorded}`) as string } });
    expect(await rig.lostCallers()).toEqual([]);
  });

  it('who says nothing is told so, and was missed', async () => {
    const rig = await diverted([{ to: 'voicemail' }], {});
    const call = await rig.place({ message: { seconds: 0, ends: 'falls-silent' } });
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('No message') as string });
    await rig.recorded(call, { outcome: 'missed' });
    expect(await rig.lostCallers()).toHaveLength(1);
  });

  it('an announcement says what the plan says, in its language or the nearest that the carrier speaks', async () => {
    const rig = await diverted([{ to: 'announcement', say: 'Grüezi, mir sind grad nid da.' }], {}, { planMore: { language: 'de-CH' } });
    const call = await rig.place();
    expect(stepsOf(call, 'heard')).toMatchObject([{ text: 'Grüezi, mir sind grad nid da.', language: 'de-DE' }]);
    await rig.recorded(call, { outcome: 'lost' });
  });
});

describe('whose plan counts', () => {
  const phones: Record<string, PhoneBehaviour> = { [MOBILE]: { does: 'answers' }, [SECOND]: { does: 'answers' }, [THIRD]: { does: 'answers' } };
  const plans: readonly [string, string, Partial<Plan> | undefined][] = [['own', MOBILE, undefined], ['theirs', SECOND, undefined]];
  let rig: Rig;
  beforeEach(async () => {
    rig = await diverted(undefined, phones);
    for (const [id, to] of plans) await rig.putPlan(id, [{ to }]);
    await rig.api.ask('PUT', '/v1/plans/everybody', { destinations: [{ to: THIRD }] });
  });

  it('nobody has one: a polite word, and the call is counted as unprotected', async () => {
    const call = await rig.place();
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('cannot be reached') as string });
    expect(await rig.recorded(call, { outcome: 'lost' })).toMatchObject({ route: 'nothing', protected: false });
    expect(await rig.metric('ringthrough_calls_unprotected_total')).toBe(1);
    expect(await rig.metric('ringthrough_numbers_unprotected')).toBe(1);
  });

  it("the provider's, then the customer's, then the number's own", async () => {
    await rig.api.ask('PUT', '/v1/provider', { defaultPlan: 'everybody' });
    expect(dialled(await rig.place())).toEqual([THIRD]);
    await rig.api.ask('PUT', '/v1/customers/acme', { name: 'Acme', defaultPlan: 'theirs' });
    expect(dialled(await rig.place())).toEqual([SECOND]);
    await rig.api.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'own' });
    expect(dialled(await rig.place())).toEqual([MOBILE]);
    expect(await rig.metric('ringthrough_numbers_unprotected')).toBe(0);
  });

  it('a number that is held at the carrier and not known here is told so', async () => {
    const unknown = '+442079460199';
    rig.twilio.addNumber(unknown, rig.twilio.number(NUMBER)?.settings);
    const call = await rig.place({ to: unknown });
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('not in service') as string });
    expect(await rig.metric('ringthrough_calls_unknown_number_total')).toBe(1);
    expect(await rig.recorded(call, { outcome: 'lost' })).not.toHaveProperty('customer');
  });
});
