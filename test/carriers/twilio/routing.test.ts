/** What is asked of Twilio to move a number, an application and a trunk, field by field, and in which order. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierApi, Routing } from '../../../src/carriers/api.ts';
import type { Target, Unit } from '../../../src/carriers/routing.ts';
import { createTwilioApi } from '../../../src/carriers/twilio/api.ts';
import { twilioRouting as routing } from '../../../src/carriers/twilio/routing.ts';
import { codeOf } from '../../../src/domain/errors.ts';
import { formOf } from '../../../stand-ins/rest-server.ts';
import { createTwilio, type Twilio } from '../../../stand-ins/twilio/twilio.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const TOKEN = 'a-token-of-the-test';
const TRUNK = `TK${'1'.repeat(32)}`;
const WEB: Target = { kind: 'web', url: 'https://calls.example.net/voice' };
const SIP: Target = { kind: 'sip', uri: 'sip:backup.example.net' };

let twilio: Twilio;
let api: CarrierApi;

beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  api = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url, timeoutMs: 500 });
});

afterEach(async () => {
  api.close();
  await twilio.close();
});

/** Leads `ref` to what is wanted, and tells the changes that were asked for. */
async function lead(ref: string, wanted: Routing): Promise<(readonly [string, string, Record<string, string>])[]> {
  const before = twilio.requests.length;
  for (const write of routing.writes(await api.readRouting(ref), wanted)) await api.setRouting(ref, write);
  return twilio.requests.slice(before).filter(({ method }) => method !== 'GET').map((asked) => [asked.method, asked.path, Object.fromEntries(formOf(asked) ?? [])] as const);
}

const divert = async (unit: Unit, ref: string, target: Target) => lead(ref, routing.divertedTo(unit, await api.readRouting(ref), [target]));

describe('a number', () => {
  it('is taken from its trunk and given the address at once; back on the trunk first of all', async () => {
    const held = twilio.addNumber('+442079460123', { trunk_sid: TRUNK, voice_url: 'https://old.example/' });
    const path = `/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/${held.sid}.json`;
    const original = await api.readRouting(held.sid);
    expect(await divert('number', held.sid, WEB)).toEqual([['POST', path, { TrunkSid: '', VoiceUrl: 'https://calls.example.net/voice', VoiceMethod: 'GET' }]]);
    expect(await lead(held.sid, original)).toEqual([['POST', path, { TrunkSid: TRUNK }], ['POST', path, { VoiceUrl: 'https://old.example/', VoiceMethod: 'POST' }]]);
  });

  it('gets its fallback together with its address', async () => {
    const held = twilio.addNumber('+442079460123', { voice_url: 'https://old.example/' });
    const asked = await lead(held.sid, routing.armed('number', await api.readRouting(held.sid), WEB));
    expect(asked.map(([, , form]) => form)).toEqual([{ VoiceUrl: 'https://old.example/', VoiceFallbackUrl: 'https://calls.example.net/voice', VoiceFallbackMethod: 'GET' }]);
  });

  it('without an address has nothing to fall back from', async () => {
    const held = twilio.addNumber('+442079460123');
    expect(routing.armed('number', await api.readRouting(held.sid), WEB)).toEqual({});
  });

  it('belongs to its trunk or its application', async () => {
    const application = twilio.applications.add();
    const held = twilio.addNumber('+442079460123', { voice_application_sid: application.sid });
    expect(routing.groupOf(await api.readRouting(held.sid))).toBe(application.sid);
    expect(routing.groupOf(await api.readRouting(twilio.addNumber('+442079460124').sid))).toBeUndefined();
  });
});

it('an application is given the address', async () => {
  const { sid } = twilio.applications.add({ voice_url: 'https://old.example/' });
  expect(await divert('group', sid, WEB)).toEqual([['POST', `/2010-04-01/Accounts/${ACCOUNT}/Applications/${sid}.json`, { VoiceUrl: 'https://calls.example.net/voice', VoiceMethod: 'GET' }]]);
});

describe('a trunk', () => {
  const add = () => twilio.trunks.add([{ sip_url: 'sip:pbx.example.net' }, { sip_url: 'sip:other.example.net', enabled: false }], { disaster_recovery_url: 'https://dr.example/' });

  it('gets an origination URL of ours before the others are switched off, and has them on again before it goes', async () => {
    const trunk = add();
    const [main] = trunk.originationUrls;
    const path = `/v1/Trunks/${trunk.sid}/OriginationUrls`;
    const original = await api.readRouting(trunk.sid);
    expect(await divert('group', trunk.sid, SIP)).toEqual([
      ['POST', path, { FriendlyName: 'ringthrough', SipUrl: 'sip:backup.example.net', Enabled: 'true', Priority: '1', Weight: '10' }],
      ['POST', `${path}/${main?.sid}`, { Enabled: 'false' }],
    ]);
    const ours = trunk.originationUrls.at(-1)?.sid;
    expect(await lead(trunk.sid, original)).toEqual([['POST', `${path}/${main?.sid}`, { Enabled: 'true' }], ['DELETE', `${path}/${ours}`, {}]]);
  });

  it('has its recovery asked when nothing else is on', async () => {
    const trunk = add();
    expect(await divert('group', trunk.sid, WEB)).toEqual([
      ['POST', `/v1/Trunks/${trunk.sid}`, { DisasterRecoveryUrl: 'https://calls.example.net/voice#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx', DisasterRecoveryMethod: 'GET' }],
      ['POST', `/v1/Trunks/${trunk.sid}/OriginationUrls/${trunk.originationUrls[0]?.sid}`, { Enabled: 'false' }],
    ]);
  });

  it('has one origination URL of ours at most, whatever was left there', async () => {
    const trunk = add();
    trunk.originationUrls.push(twilio.trunks.originationUrl({ friendly_name: 'ringthrough', sip_url: 'sip:a.example.net' }), twilio.trunks.originationUrl({ friendly_name: 'ringthrough', sip_url: 'sip:b.example.net' }));
    await divert('group', trunk.sid, SIP);
    expect(trunk.originationUrls.filter((url) => url.friendly_name === 'ringthrough').map((url) => url.sip_url)).toEqual(['sip:backup.example.net']);
  });

  it('is read whole when it has many origination URLs', async () => {
    const trunk = twilio.trunks.add(Array.from({ length: 120 }, (_, index) => ({ sip_url: `sip:pbx${index}.example.net` })));
    expect(Object.keys(await api.readRouting(trunk.sid)).filter((field) => field.endsWith('.sipUrl'))).toHaveLength(121);
  });

  it('that is not there is told as such', async () => {
    expect(await api.readRouting(TRUNK).catch(codeOf)).toBe('carrier_number_unknown');
    expect(await api.setRouting(`AP${'9'.repeat(32)}`, { voiceUrl: 'https://a.example/' }).catch(codeOf)).toBe('carrier_number_unknown');
  });
});

it.each<[Target, string | undefined, boolean]>([
  [WEB, undefined, true], [WEB, TRUNK, true], [SIP, undefined, false], [SIP, `AP${'1'.repeat(32)}`, false], [SIP, TRUNK, true],
  [{ kind: 'sip', uri: 'sips:backup.example.net' }, TRUNK, false], [{ kind: 'sip', uri: 'sip:a@b?X-Y=1' }, TRUNK, false], [{ kind: 'phone', number: '+447400123456' }, undefined, false],
])('%o at %s: %s', (target, group, taken) => {
  expect(routing.takes?.(target, group)).toBe(taken);
});
