/** Calls to numbers on one Elastic SIP trunk that is diverted by one write: before anybody has diverted anything, while it is diverted, and after. */
import { expect, it } from 'vitest';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { dialled, MOBILE, openRig, SECOND, stepsOf, THIRD, useRedis } from './rig.ts';

const redis = useRedis();
const [ONE, TWO] = ['+442079460201', '+442079460202'];
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

async function openTrunk() {
  const rig = await openRig(redis(), { plan: [{ to: MOBILE }], settings: { WORKERS: 'on' }, pbx: { behaviour: 'refusing' }, twilio: { phones: { [MOBILE]: { does: 'answers' }, [SECOND]: { does: 'answers' } } } });
  await rig.api.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: rig.twilio.accountSid, authToken: 'a-token-of-the-stand-in' }, baseUrl: rig.twilio.url });
  const trunk = rig.twilio.trunks.add([{ sip_url: `sip:127.0.0.1:${rig.pbx.port}` }]);
  await rig.putPlan('other', [{ to: SECOND }]);
  for (const [number, plan] of [[ONE, 'desk'], [TWO, 'other']] as const) {
    rig.twilio.addNumber(number, { trunk_sid: trunk.sid });
    await rig.api.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan, divertBy: 'trunk' });
  }
  await soon(() => trunk.settings.disaster_recovery_url).toContain('/webhooks/main/recovery#');
  return { rig, trunk };
}

it('each is saved by its own plan, with one write for all of them', async () => {
  const { rig, trunk } = await openTrunk();
  const before = structuredClone(trunk);
  // The PBX has just gone, and nobody knows it yet.
  for (const [to, by] of [[ONE, MOBILE], [TWO, SECOND]] as const) {
    const call = await rig.place({ to });
    expect(call.outcome).toMatchObject({ is: 'answered', by });
    expect(stepsOf(call, 'origination').map(({ result }) => result)).toEqual(['failed']);
    expect(dialled(call)).toEqual([by]);
  }
  await rig.divert();
  await soon(() => trunk.originationUrls.map(({ enabled }) => enabled)).toEqual([false]);
  for (const [to, by] of [[ONE, MOBILE], [TWO, SECOND]] as const) {
    const call = await rig.place({ to });
    expect(call.outcome).toMatchObject({ is: 'answered', by });
    // The PBX is not asked any more.
    expect(stepsOf(call, 'origination')).toEqual([]);
    expect(call.webhooks[0]?.url).toContain(`${PUBLIC_BASE_URL}/webhooks/main/voice`);
  }
  await rig.restore();
  await soon(() => structuredClone(trunk)).toEqual(before);
});

it('leads to a SIP address of the plan without us, where all of them have the same', async () => {
  const { rig, trunk } = await openTrunk();
  const before = structuredClone(trunk.originationUrls);
  for (const plan of ['desk', 'other']) await rig.putPlan(plan, [{ to: 'sip:desk@backup.example.net' }, { to: THIRD }]);
  await rig.divert();
  await soon(() => trunk.originationUrls).toMatchObject([{ enabled: false }, { friendly_name: 'ringthrough', sip_url: 'sip:desk@backup.example.net', enabled: true }]);
  await rig.restore();
  await soon(() => trunk.originationUrls).toEqual(before);
});
