import { describe, expect, it } from 'vitest';
import twilioSdk from 'twilio';
import { formOf, type Asked } from '../../stand-ins/rest-server.ts';
import { ACCOUNT, NUMBER, rig, TOKEN } from './rig.ts';

/** The form that was sent. */
const fieldsOf = (asked: Asked) => Object.fromEntries(formOf(asked) ?? []);

/** Twilio's own client, sent to the stand-in instead. */
function client(base: string, token = TOKEN, timeout = 5000) {
  const http = new twilioSdk.RequestClient({ timeout });
  const request = http.request.bind(http);
  http.request = (options) => request({ ...options, uri: options.uri.replace('https://api.twilio.com', base) });
  return twilioSdk(ACCOUNT, token, { httpClient: http });
}

describe('the REST API, through Twilio\'s own client', () => {
  it('finds, changes and reads back a number', async () => {
    const { twilio } = await rig({});
    const api = client(twilio.url);
    const [found] = await api.incomingPhoneNumbers.list({ phoneNumber: NUMBER });
    expect(found).toMatchObject({ phoneNumber: NUMBER, accountSid: ACCOUNT, voiceApplicationSid: '', trunkSid: '', voiceMethod: 'POST' });
    const sid = found?.sid ?? '';
    const changed = await api.incomingPhoneNumbers(sid).update({ voiceUrl: 'https://a.example.net/v#ct=1500', voiceFallbackUrl: 'https://b.example.net/f' });
    expect(changed.voiceUrl).toBe('https://a.example.net/v#ct=1500');
    expect(await api.incomingPhoneNumbers(sid).fetch()).toMatchObject({ voiceUrl: 'https://a.example.net/v#ct=1500', voiceFallbackUrl: 'https://b.example.net/f' });
    expect(twilio.number(NUMBER)?.settings.voice_url).toBe('https://a.example.net/v#ct=1500');
    expect(twilio.requests.map(({ method, status }) => [method, status])).toEqual([['GET', 200], ['POST', 200], ['GET', 200]]);
    expect(twilio.requests.map(fieldsOf)[1]).toEqual({ VoiceUrl: 'https://a.example.net/v#ct=1500', VoiceFallbackUrl: 'https://b.example.net/f' });
  });

  it('pages through many numbers, and matches part of a number', async () => {
    const { twilio } = await rig({});
    for (let index = 0; index < 25; index += 1) twilio.addNumber(`+4420794610${String(index).padStart(2, '0')}`);
    const api = client(twilio.url);
    expect(await api.incomingPhoneNumbers.list({ pageSize: 10 })).toHaveLength(26);
    expect(twilio.requests).toHaveLength(3);
    expect(await api.incomingPhoneNumbers.list({ phoneNumber: '+442079461' })).toHaveLength(25);
  });

  it('lets TrunkSid and VoiceApplicationSid delete each other, and empty strings clear', async () => {
    const { twilio } = await rig({});
    const sid = twilio.number(NUMBER)?.sid ?? '';
    const number = client(twilio.url).incomingPhoneNumbers(sid);
    const trunk = `TK${'a'.repeat(32)}`;
    const application = `AP${'b'.repeat(32)}`;
    expect(await number.update({ trunkSid: trunk })).toMatchObject({ trunkSid: trunk, voiceApplicationSid: '' });
    expect(await number.update({ voiceApplicationSid: application })).toMatchObject({ trunkSid: '', voiceApplicationSid: application });
    expect(await number.update({ voiceApplicationSid: '' })).toMatchObject({ trunkSid: '', voiceApplicationSid: '' });
  });

  it.each([
    [{ voiceUrl: 'not a url' }, 21402],
    [{ voiceUrl: '', voiceFallbackUrl: 'https://b.example.net/f' }, 21405],
    [{ trunkSid: 'TKshort' }, 20001],
    [{ voiceMethod: 'PUT' }, 21403],
  ])('refuses %o as a whole', async (form, code) => {
    const { twilio } = await rig({});
    const before = { ...twilio.number(NUMBER)?.settings };
    await expect(client(twilio.url).incomingPhoneNumbers(twilio.number(NUMBER)?.sid ?? '').update({ friendlyName: 'changed', ...form })).rejects.toMatchObject({ status: 400, code });
    expect(twilio.number(NUMBER)?.settings).toEqual(before);
  });

  it('refuses fields it does not know, wrong credentials and unknown numbers', async () => {
    const { twilio } = await rig({});
    const url = `${twilio.url}/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/${twilio.number(NUMBER)?.sid}.json`;
    const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`;
    const refused = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ VoiceURL: 'https://a.example.net' }) });
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 20001, status: 400, more_info: expect.any(String), message: 'Unknown parameter VoiceURL' }]);
    await expect(client(twilio.url, 'wrong').incomingPhoneNumbers.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    await expect(client(twilio.url).incomingPhoneNumbers(`PN${'0'.repeat(32)}`).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    twilio.rotateAuthToken('next');
    await expect(client(twilio.url).incomingPhoneNumbers.list()).rejects.toMatchObject({ status: 401 });
    expect(await client(twilio.url, 'next').incomingPhoneNumbers.list()).toHaveLength(1);
  });

  it('fails on demand, and tells what was processed', async () => {
    const { twilio } = await rig({});
    const number = (timeout?: number) => client(twilio.url, TOKEN, timeout).incomingPhoneNumbers(twilio.number(NUMBER)?.sid ?? '');
    const name = () => twilio.number(NUMBER)?.settings.friendly_name;
    twilio.faults.next(1, 'throttled');
    twilio.faults.next(1, 'broken');
    twilio.faults.next(1, 'hang');
    twilio.faults.next(1, 'accept-then-hang');
    await expect(number().update({ friendlyName: 'one' })).rejects.toMatchObject({ status: 429, code: 20429 });
    await expect(number().update({ friendlyName: 'two' })).rejects.toMatchObject({ status: 500 });
    await expect(number(200).update({ friendlyName: 'three' })).rejects.toMatchObject({ code: 'ECONNABORTED' });
    expect(name()).toBe(NUMBER);
    await expect(number(200).update({ friendlyName: 'four' })).rejects.toMatchObject({ code: 'ECONNABORTED' });
    expect(name()).toBe('four');
    expect((await number().fetch()).friendlyName).toBe('four');
    expect(twilio.requests.map(({ status }) => status)).toEqual([429, 500, undefined, undefined, 200]);
  });
});
