import { describe, expect, it } from 'vitest';
import { response } from './application.ts';
import { CALLER, NUMBER, pbx, rig } from './rig.ts';

const recovery = { '/recovery': () => response('<Say>The recovery.</Say>') };

describe('a call on a trunk', () => {
  it('tries the targets in order and leaves the recovery URL alone when one answers', async () => {
    const [first, second] = [await pbx({ behaviour: 'refusing' }), await pbx()];
    const { twilio, app } = await rig(recovery);
    const call = await twilio.placeTrunkCall({
      from: CALLER, to: NUMBER, originationTargets: [`sip:127.0.0.1:${first.port}`, `sip:127.0.0.1:${second.port}`], disasterRecoveryUrl: `${app.origin}/recovery`,
    });
    expect(call.outcome).toMatchObject({ is: 'answered', by: `sip:127.0.0.1:${second.port}` });
    expect(second.calls).toMatchObject([{ to: NUMBER, from: CALLER }]);
    expect(app.asked).toEqual([]);
  });

  it('asks the recovery URL, signed, when none succeeds', async () => {
    const [refusing, silent] = [await pbx({ behaviour: 'refusing' }), await pbx({ behaviour: 'silent' })];
    const { twilio, app } = await rig(recovery);
    const call = await twilio.placeTrunkCall({
      from: CALLER, to: NUMBER, originationTargets: [`sip:127.0.0.1:${refusing.port}`, `sip:127.0.0.1:${silent.port}`, 'sip:127.0.0.1:1'], disasterRecoveryUrl: `${app.origin}/recovery`,
    });
    expect(call.outcome).toEqual({ is: 'announcement', text: 'The recovery.' });
    expect(app.asked).toMatchObject([{ path: '/recovery', genuine: true, params: { From: CALLER, To: NUMBER, CallStatus: 'ringing' } }]);
    expect(call.steps.flatMap((step) => (step.what === 'origination' ? [step.sipStatus] : []))).toEqual([503, 408, 503]);
  });

  it('does not fail over when the target is busy', async () => {
    const desk = await pbx({ behaviour: 'busy' });
    const { twilio, app } = await rig(recovery);
    const call = await twilio.placeTrunkCall({ from: CALLER, to: NUMBER, originationTargets: [`sip:127.0.0.1:${desk.port}`], disasterRecoveryUrl: `${app.origin}/recovery` });
    expect(call).toMatchObject({ status: 'busy', outcome: { is: 'nothing' } });
    expect(app.asked).toEqual([]);
  });

  it('takes the calls of a number whose TrunkSid is set, whatever its voice URL says', async () => {
    const desk = await pbx();
    const { twilio, app } = await rig({}, { settings: (origin) => ({ voice_url: `${origin}/voice` }) });
    const trunk = twilio.trunks.add([{ sip_url: `sip:127.0.0.1:${desk.port}` }]);
    Object.assign(twilio.number(NUMBER)?.settings ?? {}, { trunk_sid: trunk.sid });
    expect((await twilio.placeCall({ from: CALLER, to: NUMBER })).outcome).toMatchObject({ is: 'answered' });
    expect(app.asked).toEqual([]);
  });
});
