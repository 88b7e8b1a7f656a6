/** What a number gets set, and which numbers are left alone. */
import { describe, expect, it } from 'vitest';
import { wantedWiring, wiringChanges } from '../../../src/carriers/twilio/wiring.ts';

const site = { baseUrl: 'https://calls.example.net', carrierId: 'main' };
const nothing = { voiceUrl: '', voiceMethod: 'POST', voiceFallbackUrl: '', voiceFallbackMethod: 'POST', voiceApplicationSid: '', trunkSid: '', statusCallback: '', statusCallbackMethod: 'POST' };

describe('wantedWiring', () => {
  it('asks us first, with short time-outs, and another address of ours when that fails', () => {
    expect(wantedWiring({ ...site, fallbackBaseUrl: 'https://calls2.example.org' })).toEqual({
      number: {
        voiceUrl: 'https://calls.example.net/webhooks/main/voice#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx',
        voiceMethod: 'POST',
        voiceFallbackUrl: 'https://calls2.example.org/webhooks/main/recovery#ct=1500&rt=3000',
        voiceFallbackMethod: 'POST',
        statusCallback: 'https://calls.example.net/webhooks/main/status#ct=1500&rt=3000&rc=2&rp=ct,rt,5xx',
        statusCallbackMethod: 'POST',
      },
      trunk: {
        disasterRecoveryUrl: 'https://calls2.example.org/webhooks/main/recovery#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx',
        disasterRecoveryMethod: 'POST',
      },
    });
  });

  it('falls back to our only address without another', () => {
    expect(wantedWiring(site).number['voiceFallbackUrl']).toBe('https://calls.example.net/webhooks/main/recovery#ct=1500&rt=3000');
  });

  it('takes a document at another provider as it is, and fetches it with GET', () => {
    const { number, trunk } = wantedWiring({ ...site, fallbackUrl: 'https://static.example.com/sorry.xml' });
    expect(number).toMatchObject({ voiceFallbackUrl: 'https://static.example.com/sorry.xml', voiceFallbackMethod: 'GET' });
    expect(trunk).toEqual({ disasterRecoveryUrl: 'https://static.example.com/sorry.xml', disasterRecoveryMethod: 'GET' });
  });
});

describe('wiringChanges', () => {
  const wanted = wantedWiring(site).number;

  it('names each field that differs, and none once it is wired', () => {
    const { changes, fields, warnings } = wiringChanges(nothing, wanted);
    expect(fields).toEqual(wanted);
    expect(changes.map(({ field }) => field)).toEqual(['voiceUrl', 'voiceFallbackUrl', 'statusCallback']);
    expect(changes[0]).toEqual({ field: 'voiceUrl', from: '', to: wanted['voiceUrl'] });
    expect(warnings).toEqual([]);
    expect(wiringChanges({ ...nothing, ...wanted, voiceMethod: 'post' }, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
  });

  it.each([['trunkSid', 'TK1', 'takeFromTrunk'], ['voiceApplicationSid', 'AP1', 'takeFromApplication']])('leaves a number with %s alone, and says so, unless asked', (field, sid, option) => {
    const actual = { ...nothing, [field]: sid };
    const alone = wiringChanges(actual, wanted);
    expect([alone.changes, alone.fields]).toEqual([[], {}]);
    expect(alone.warnings).toEqual([expect.stringContaining(sid)]);
    const taken = wiringChanges(actual, wanted, { [option]: true });
    expect(taken.changes[0]).toEqual({ field, from: sid, to: '' });
    expect(taken.changes).toHaveLength(4);
    expect(taken.fields).toEqual({ ...wanted, [field]: '' });
    expect(taken.warnings).toEqual([expect.stringContaining(sid)]);
  });

  it('leaves it alone when only one of two was asked for', () => {
    expect(wiringChanges({ ...nothing, trunkSid: 'TK1', voiceApplicationSid: 'AP1' }, wanted, { takeFromTrunk: true }).changes).toEqual([]);
  });
});
