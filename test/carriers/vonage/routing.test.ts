/** What Vonage's fields express beyond what holds at every carrier, and what a number gets so that its calls come to us. */
import { describe, expect, it } from 'vitest';
import type { Routing } from '../../../src/carriers/api.ts';
import type { Target } from '../../../src/carriers/routing.ts';
import { vonageRouting } from '../../../src/carriers/vonage/routing.ts';
import { wantedWiring, wiringChanges } from '../../../src/carriers/vonage/wiring.ts';

const WEB: Target = { kind: 'web', url: 'https://backup.example.net/sorry.json' };
const NUMBER: Routing = { voiceCallbackType: '', voiceCallbackValue: '', app_id: '', moHttpUrl: '', messagesCallbackType: '', messagesCallbackValue: '' };

it.each<[Target, Routing | undefined]>([
  [{ kind: 'phone', number: '+447400123456' }, { voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' }],
  [{ kind: 'sip', uri: 'sip:desk@backup.example.net' }, { voiceCallbackType: 'sip', voiceCallbackValue: 'sip:desk@backup.example.net' }],
  [{ kind: 'sip', uri: 'sip:desk@backup.example.net?X-A=1' }, undefined],
])('a number to %o', (target, fields) => {
  expect(vonageRouting.takes?.(target)).toBe(fields !== undefined);
  if (fields) expect(vonageRouting.divertedTo('number', NUMBER, [target])).toEqual(fields);
});

it('an application is diverted and armed by its addresses', () => {
  expect(vonageRouting.divertedTo('group', {}, [WEB])).toEqual({ 'answer_url.address': WEB.url, 'answer_url.http_method': 'GET' });
  expect(vonageRouting.armed('group', {}, WEB)).toEqual({ 'fallback_answer_url.address': WEB.url, 'fallback_answer_url.http_method': 'GET' });
  expect(vonageRouting.armed('group', {}, undefined)).toEqual({ 'fallback_answer_url.address': '' });
  const ours = { kind: 'web', url: 'https://calls.example.net/webhooks/main/recovery' } as const;
  expect(vonageRouting.divertedTo('group', {}, [ours])).toEqual({ 'answer_url.address': ours.url, 'answer_url.http_method': 'POST' });
  expect(vonageRouting.armed('group', {}, ours)).toEqual({ 'fallback_answer_url.address': ours.url, 'fallback_answer_url.http_method': 'POST' });
  expect(vonageRouting.divertedTo('number', NUMBER, [WEB])).toEqual({});
});

it('an application has the calls of its numbers, unless a callback of their own is heeded first', () => {
  expect(vonageRouting.groupOf(NUMBER)).toBeUndefined();
  expect(vonageRouting.groupOf({ ...NUMBER, app_id: 'a' })).toBe('applications/a');
  expect(vonageRouting.groupOf({ ...NUMBER, voiceCallbackType: 'app', voiceCallbackValue: 'b' })).toBe('applications/b');
  expect(vonageRouting.groupOf({ ...NUMBER, app_id: 'a', voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' })).toBeUndefined();
});

describe('writes', () => {
  it('send a number as a whole, and an application by what differs', () => {
    const wanted = { voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' };
    expect(vonageRouting.writes({ ...NUMBER, app_id: 'a' }, wanted)).toEqual([{ ...NUMBER, app_id: 'a', ...wanted }]);
    expect(vonageRouting.writes({ ...NUMBER, ...wanted }, wanted)).toEqual([]);
    expect(vonageRouting.writes({ 'answer_url.address': 'x', signed_callbacks: 'true' }, { 'answer_url.address': 'y', signed_callbacks: 'true' })).toEqual([{ 'answer_url.address': 'y' }]);
  });

  it('choose an application by its settings only where none is named', () => {
    const wanted = { 'application.answer_url.address': 'https://calls.example.net/webhooks/main/voice' };
    expect(vonageRouting.writes(NUMBER, wanted)).toEqual([wanted]);
    expect(vonageRouting.writes(NUMBER, { ...NUMBER, ...wanted })).toEqual([]);
  });
});

describe('wiring', () => {
  const SITE = { baseUrl: 'https://calls.example.net', carrierId: 'main' };
  const wanted = wantedWiring(SITE).number;

  it('the fallback has the other origin, or is the document that the record names', () => {
    const fallback = (more: object) => Object.entries(wantedWiring({ ...SITE, ...more }).number).filter(([field]) => field.includes('fallback')).map(([, value]) => value);
    expect(fallback({ fallbackBaseUrl: 'https://calls2.example.org' })).toEqual(['https://calls2.example.org/webhooks/main/voice', 'POST']);
    expect(fallback({ fallbackUrl: 'https://static.example.com/sorry.json' })).toEqual(['https://static.example.com/sorry.json', 'GET']);
  });

  it('a number that belongs nowhere is wired, one that is wired is left, one of ours follows', () => {
    expect(wiringChanges(NUMBER, wanted)).toMatchObject({ fields: wanted, warnings: [] });
    expect(wiringChanges({ ...NUMBER, ...wanted, app_id: 'a' }, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
    expect(wiringChanges({ ...NUMBER, ...wantedWiring({ ...SITE, baseUrl: 'https://old.example.net' }).number, app_id: 'a' }, wanted)).toMatchObject({ fields: wanted, warnings: [] });
  });

  it.each([
    ['an application', 'takeFromApplication', { app_id: 'a', 'application.answer_url.address': 'https://other.example/answer' }, {}, 'application a'],
    ['a telephone number', 'takeFromTrunk', { voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' }, { voiceCallbackType: '', voiceCallbackValue: '' }, 'a telephone number'],
    ['a SIP address', 'takeFromTrunk', { voiceCallbackType: 'sip', voiceCallbackValue: 'sip:pbx@pbx.example.net' }, { voiceCallbackType: '', voiceCallbackValue: '' }, 'a SIP address'],
  ] as const)('one of %s is taken from it only when asked', (_, option, set, cleared, said) => {
    const actual = { ...NUMBER, ...set };
    expect(wiringChanges(actual, wanted)).toEqual({ changes: [], fields: {}, warnings: [expect.stringContaining(said)] });
    expect(wiringChanges(actual, wanted, { [option]: true })).toMatchObject({ fields: { ...wanted, ...cleared }, warnings: [expect.stringContaining(said)] });
  });
});
