/** Every webhook with anything at all in it: signed, the answer is a document that the carrier plays, or 204; unsigned, a refusal. */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { WEBHOOK_VERBS } from '../../src/calls/webhook-address.ts';
import { sign } from '../../stand-ins/twilio/signature.ts';
import { readTwiml } from '../../stand-ins/twilio/twiml.ts';
import { PUBLIC_BASE_URL } from '../support/service.ts';
import { ACCOUNT, CALLER, MOBILE, NUMBER, openRig, SECOND, TOKEN, useRedis, type Rig } from './rig.ts';

const redis = useRedis();
const RUNS = 150;
const OTHER = '+442079460124';
const CHANCES = { voice: 2, step: 4, screen: 1, pressed: 1, voicemail: 1, recorded: 1, status: 1, recovery: 3, drill: 1, 'drill-key': 1, 'drill-status': 1 } as const;

/** All that the carrier is known to send, and what stands in our own addresses. */
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('CallSid', 'From', 'To', 'Called', 'Caller', 'CallStatus', 'ForwardedFrom', 'SipCallId', 'SipDomain', 'SipHeader_X-Ringthrough', 'SipHeader_Diversion', 'SipHeader_History-Info', 'ErrorCode', 'ErrorUrl',
    'DialCallStatus', 'DialBridged', 'DialSipResponseCode', 'DialCallDuration', 'Digits', 'RecordingSid', 'RecordingStatus', 'RecordingDuration', 'RecordingUrl', 'CallDuration', 'step', 'tried', 'via', 'customer', 'open') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);
const value = fc.oneof(
  fc.constantFrom(NUMBER, OTHER, CALLER, MOBILE, SECOND, 'anonymous', '+266696687', `sip:${NUMBER}@calls.example.net`, 'sip:100@198.51.100.7', 'completed', 'in-progress', 'ringing', 'busy', 'no-answer', 'failed', 'canceled', 'true', 'false', '200', '408', '486', '503', '0', '-1',
    '99999999999', '1', 'primary', 'primary-f', 'primary-f_voicemail-n', 'd1-b_d2-n', 'voicemail', 'announcement', 'nothing-left', 'f', 'p', 'r', 'acme', '__proto__', 'constructor', `CA${'0'.repeat(32)}`, '11205',
    `${PUBLIC_BASE_URL}/webhooks/main/step?step=primary&tried=&via=f`, `${PUBLIC_BASE_URL}/webhooks/main/voice`, 'https://[', '\u0000', '\ud800', 'x'.repeat(2000), '&'.repeat(600), '<Response/>'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
/** Ids of calls and names of steps are in the log: no carrier calls a call by a telephone number, nor do we a step. */
const pair = fc.tuple(name, value).filter(([key, one]) => !['CallSid', 'step'].includes(key) || !/^\d+$/.test(one));
/** Within what is taken of a body, and of an address. */
const pairs = fc.array(pair, { maxLength: 25 });
const fewPairs = fc.array(pair, { maxLength: 6 });
const verb = fc.oneof(...WEBHOOK_VERBS.map((one) => ({ weight: CHANCES[one], arbitrary: fc.constant(one) })));
/** Half of the requests carry what makes them a call to a number that is known. */
const known = fc.boolean();

/** As the carrier encodes a query. */
const query = (entries: readonly (readonly [string, string])[]): string => {
  const text = new URLSearchParams(entries.map(([key, one]): [string, string] => [key, one])).toString();
  return text === '' ? '' : `?${text}`;
};

function formOf(entries: readonly (readonly [string, string])[], asKnown: boolean, ref: number): URLSearchParams {
  const form = new URLSearchParams(entries.map(([key, one]): [string, string] => [key, one]));
  if (!asKnown) return form;
  for (const [key, one] of [['To', NUMBER], ['From', CALLER], ['CallSid', `CA${String(ref).padStart(32, '0')}`]] as const) if (!form.has(key)) form.set(key, one);
  return form;
}

function paramsOf(form: URLSearchParams): Record<string, string[]> {
  // A null prototype: `__proto__` is a name like any other here.
  const params = Object.create(null) as Record<string, string[]>;
  for (const [key, one] of form) (params[key] ??= []).push(one);
  return params;
}

describe('any webhook', () => {
  let rig: Rig;
  let ref = 0;
  beforeEach(async () => {
    rig = await openRig(redis(), { plan: [{ to: MOBILE, screen: true }, { to: SECOND, maxCalls: 1 }, { to: 'voicemail', say: '<&>"' }], planMore: { language: 'de-CH', followOn: ['busy'] } });
    await rig.addNumber(OTHER);
  });

  async function send(target: string, method: string, body: string, headers: Record<string, string>) {
    const response = await fetch(rig.api.url + target, { method, ...(method === 'POST' ? { body } : {}), headers });
    const text = await response.text();
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', body: text, bytes: Buffer.byteLength(text) };
  }

  function expectPlayable(of: (typeof WEBHOOK_VERBS)[number], answer: Awaited<ReturnType<typeof send>>): void {
    if (of === 'status' || of === 'recorded' || of === 'drill-status') return expect(answer.status).toBe(204);
    expect(answer.status).toBe(200);
    // What is played to the callee must not dial or record; everything else is for the caller.
    expect(readTwiml(answer, of === 'screen' || of === 'pressed' ? 'callee' : 'caller')).not.toHaveProperty('faults');
    return undefined;
  }

  it('that is signed is answered with a document that can be played, or with 204', async () => {
    await fc.assert(fc.asyncProperty(verb, pairs, fewPairs, known, fc.constantFrom('POST', 'POST', 'POST', 'GET'), async (of, inBody, inQuery, asKnown, method) => {
      ref += 1;
      const form = formOf(inBody, asKnown, ref);
      const target = `/webhooks/main/${of}${method === 'GET' ? query([...form, ...inQuery]) : query(inQuery)}`;
      const signature = sign(TOKEN, PUBLIC_BASE_URL + target, method === 'POST' ? paramsOf(form) : {});
      const answer = await send(target, method, form.toString(), { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', 'x-twilio-signature': signature });
      expectPlayable(of, answer);
    }), { numRuns: RUNS });
    expect(await rig.metric('ringthrough_webhooks_total', { result: 'internal' })).toBe(0);
    expect(await rig.metric('ringthrough_call_claims_dropped')).toBe(0);
    // What was recorded of all this can be read.
    expect((await rig.api.request('GET', '/v1/calls?limit=1000')).status).toBe(200);
    expect((await rig.api.request('GET', '/v1/lost-callers')).status).toBe(200);
  });

  it('that is not signed, or signed by somebody else, is refused, whatever its type and body', async () => {
    const body = fc.oneof(pairs.map((entries) => new URLSearchParams(entries.map(([key, one]): [string, string] => [key, one])).toString()), fc.string({ unit: 'binary', maxLength: 200 }), fc.constant('%'.repeat(500)));
    const type = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x');
    const signature = fc.constantFrom({}, { 'x-twilio-signature': 'x' }, { 'x-twilio-signature': sign('another', `${PUBLIC_BASE_URL}/webhooks/main/voice`) });
    await fc.assert(fc.asyncProperty(verb, body, fewPairs, type, signature, fc.constantFrom('POST', 'GET'), async (of, text, inQuery, contentType, signed, method) => {
      const answer = await send(`/webhooks/main/${of}${query(inQuery)}`, method, text, { 'content-type': contentType, ...signed });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'x-twilio-signature' in signed ? 'webhook_forged' : 'webhook_unsigned' });
    }), { numRuns: RUNS });
    expect(await rig.calls()).toEqual([]);
    expect(await rig.metric('ringthrough_calls_total')).toBe(0);
  });

  it('step by step, a call that answers anything at all comes to its end within a plan\'s length', async () => {
    const leg = fc.record({ DialCallStatus: fc.constantFrom('completed', 'busy', 'no-answer', 'failed', 'canceled', 'x', ''), DialBridged: fc.constantFrom('true', 'false', ''), DialSipResponseCode: fc.constantFrom('', '200', '408', '480', '486', '487', '503', '603'), CallStatus: fc.constantFrom('ringing', 'in-progress', 'no-answer') });
    await fc.assert(fc.asyncProperty(fc.array(leg, { minLength: 8, maxLength: 8 }), async (legs) => {
      ref += 1;
      const base = { CallSid: `CB${String(ref).padStart(32, '0')}`, AccountSid: ACCOUNT, From: CALLER, To: NUMBER };
      let target: string | undefined = '/webhooks/main/voice';
      let asked = 0;
      while (target !== undefined && asked < legs.length) {
        const form: Record<string, string> = { ...base, ...(asked === 0 ? { CallStatus: 'ringing' } : legs[asked]) };
        const answer = await send(target, 'POST', new URLSearchParams(form).toString(), { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': sign(TOKEN, PUBLIC_BASE_URL + target, form) });
        expectPlayable('step', answer);
        target = /<Dial [^>]*action="([^"]+)"/.exec(answer.body)?.[1]?.replaceAll('&amp;', '&');
        asked += 1;
      }
      // The primary, two people and the voicemail: then nothing dials any more.
      expect(asked).toBeLessThanOrEqual(4);
    }), { numRuns: 60 });
  });
});
