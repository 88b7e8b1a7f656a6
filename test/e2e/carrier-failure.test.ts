/** When the carrier could not reach us, or a trunk its PBX: the disaster-recovery and fallback addresses, also in the middle of a call. */
import { describe, expect, it } from 'vitest';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { dialled, FALLBACK_BASE_URL, MOBILE, NUMBER, openRig, SECOND, useRedis } from './rig.ts';

const redis = useRedis();
const PLAN = [{ to: MOBILE }, { to: SECOND }];
const phones = { [MOBILE]: { does: 'answers' }, [SECOND]: { does: 'answers' } } as const;
/** Nobody listens there. */
const DEAD = 'http://127.0.0.1:1';

describe("a trunk's disaster recovery", () => {
  const disasterRecoveryUrl = `${FALLBACK_BASE_URL}/webhooks/main/recovery`;
  const from = '+447700900123';

  it('sends the call to the plan when no address of the primary answers', async () => {
    const rig = await openRig(redis(), { plan: PLAN, pbx: { behaviour: 'refusing' }, twilio: { phones } });
    const call = await rig.twilio.placeTrunkCall({ from, to: NUMBER, originationTargets: [`sip:127.0.0.1:${rig.pbx.port}`, 'sip:127.0.0.1:1'], disasterRecoveryUrl });
    expect(call.violations).toEqual([]);
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    // The primary is not tried again by ourselves.
    expect(dialled(call)).toEqual([MOBILE]);
    expect(await rig.recorded(call, { outcome: 'answered' })).toMatchObject({ legs: [{ step: 'primary', end: 'failed', cause: 'down' }, { to: MOBILE, end: 'answered' }] });
  });

  it('is not asked when the primary has the call', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    const call = await rig.twilio.placeTrunkCall({ from, to: NUMBER, originationTargets: [`sip:127.0.0.1:${rig.pbx.port}`], disasterRecoveryUrl });
    expect(call.outcome).toMatchObject({ is: 'answered' });
    expect(call.webhooks).toEqual([]);
  });

  it('says something sensible for a number without a plan', async () => {
    const rig = await openRig(redis(), { pbx: { behaviour: 'refusing' } });
    const call = await rig.twilio.placeTrunkCall({ from, to: NUMBER, originationTargets: [`sip:127.0.0.1:${rig.pbx.port}`], disasterRecoveryUrl });
    expect(call.outcome).toMatchObject({ is: 'announcement', text: expect.stringContaining('cannot be reached') as string });
    await rig.recorded(call, { outcome: 'lost' });
    expect(await rig.lostCallers()).toHaveLength(1);
  });
});

describe('an address of ours that does not answer', () => {
  it('at the start of a call is replaced by the fallback, at another process of the service', async () => {
    const rig = await openRig(redis(), { plan: PLAN, services: 2, twilio: { phones } });
    rig.origins.set(PUBLIC_BASE_URL, DEAD);
    const [first] = rig.services;
    await first?.close();
    // Later steps come relative to the address that answered, so the whole call stays with the second.
    const call = await rig.place();
    expect(dialled(call)).toEqual(['pbx']);
    expect(call.webhooks.map(({ kind, response }) => [kind, response?.status])).toEqual([['voice', undefined], ['fallback', 200], ['action', 200], ['status', undefined]]);
    expect(call.webhooks[0]).toMatchObject({ attempts: 2, failure: { code: 11205 } });
    const { body } = await rig.services[1]!.request<{ items: { ref: string; outcome: string }[] }>('GET', '/v1/calls');
    expect(body.items).toMatchObject([{ ref: call.callSid, outcome: 'answered' }]);
  });

  it('in the middle of a call is replaced by the fallback, which goes on where the call stands', async () => {
    const rig = await openRig(redis(), { plan: PLAN, services: 2, pbx: { behaviour: 'refusing' }, twilio: { phones: { ...phones, [MOBILE]: { does: 'busy' } } } });
    const [first = rig.api, second = rig.api] = rig.services;
    rig.origins.set(PUBLIC_BASE_URL, first.url);
    const deliver: Deliver = async ({ kind }, send) => {
      // Dies while the first backup is rung.
      if (kind === 'action' && rig.twilio.phones.calls.length === 1) rig.origins.set(PUBLIC_BASE_URL, DEAD);
      return send();
    };
    const call = await rig.place({ deliver });
    expect(dialled(call)).toEqual(['pbx', MOBILE, SECOND]);
    expect(call.outcome).toMatchObject({ is: 'answered', by: SECOND });
    expect(call.webhooks.map(({ kind, url }) => [kind, new URL(url).origin])).toEqual([
      ['voice', PUBLIC_BASE_URL], ['action', PUBLIC_BASE_URL], ['action', PUBLIC_BASE_URL], ['fallback', FALLBACK_BASE_URL], ['action', FALLBACK_BASE_URL], ['status', PUBLIC_BASE_URL],
    ]);
    const { body } = await second.request('GET', `/v1/calls/main:${call.callSid}`);
    expect(body).toMatchObject({ outcome: 'answered', legs: [{ step: 'primary', end: 'failed' }, { to: MOBILE, end: 'busy' }, { to: SECOND, end: 'answered' }] });
  });

  it('after a call that was answered is not dialled on by the fallback', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    const deliver: Deliver = async ({ kind }, send) => {
      if (kind === 'action') rig.origins.set(PUBLIC_BASE_URL, DEAD);
      return send();
    };
    const call = await rig.place({ deliver });
    expect(dialled(call)).toEqual(['pbx']);
    expect(rig.twilio.phones.calls).toEqual([]);
    await rig.recorded(call, { outcome: 'answered', answeredBy: 'primary' });
  });

  it('with an answer that the carrier takes for an error is replaced too', async () => {
    const rig = await openRig(redis(), { plan: PLAN, twilio: { phones } });
    // Another program listens there now.
    rig.origins.set(PUBLIC_BASE_URL, rig.twilio.url);
    const call = await rig.twilio.placeCall({ from: '+447700900123', to: NUMBER });
    expect(call.outcome).toMatchObject({ is: 'answered' });
    expect(dialled(call)).toEqual(['pbx']);
  });
});
