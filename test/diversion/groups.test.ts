/** Numbers that are diverted by their trunk or application: the whole service, its worker and a strict stand-in, which counts what is written. */
import { describe, expect, it } from 'vitest';
import { createRouteStore } from '../../src/store/route-store.ts';
import { eachTwilio } from '../support/each-twilio.ts';

const MANY = 200;
const numberAt = (at: number): string => `+44207946${String(at).padStart(4, '0')}`;
const ALL = Array.from({ length: MANY }, (_, at) => numberAt(at));

const here = eachTwilio(({ service, putCarrier }) => Promise.all([putCarrier({ limits: { writesPerSecond: 500, atOnce: 10 } }), service.ask('PUT', '/v1/primaries/dc2', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' })]));

interface Shown {
  number: string;
  is: string;
  diversion?: string;
  why?: { code: string };
  group?: { ref: string; moved: boolean; numbers?: number; mixed?: { why: string; number?: string; count: number } };
  conflict?: { there: Record<string, string> };
  wanted: { is: string; targets: string[]; net?: string };
}

const shown = (number: string) => here.service.ask<Shown>('GET', `/v1/numbers/${number}/route`);
const put = (number: string, more: object = {}) => here.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'trunk', ...more });
const turn = (says: 'divert' | 'restore', primary = 'pbx') => here.service.ask<{ diversion: string }>('POST', `/v1/primaries/${primary}/${says}`, { reason: 'test' });
/** What a worker does comes a while after what it was told. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });
const writes = () => here.twilio.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path);
const settingsOf = (numbers: readonly string[]) => numbers.map((number) => here.twilio.number(number)?.settings);
const counts = (diversion: string) => createRouteStore(here.world.redis).counts(diversion);

const groups = {
  trunk() {
    const held = here.twilio.trunks.add([{ sip_url: 'sip:pbx.example.net' }], { disaster_recovery_url: 'https://old.example/recovery' });
    return { sid: held.sid, place: { trunk_sid: held.sid }, held: () => structuredClone([held.settings, held.originationUrls]) };
  },
  application() {
    const held = here.twilio.applications.add({ voice_url: 'https://old.example/voice' });
    return { sid: held.sid, place: { voice_application_sid: held.sid }, held: () => structuredClone(held.settings) };
  },
};
type Group = ReturnType<(typeof groups)['application']> | ReturnType<(typeof groups)['trunk']>;

/** All of `numbers` on it, and known to be. */
async function joined(group: Group, numbers: readonly string[], more: (number: string) => object = () => ({})): Promise<void> {
  for (const number of numbers) here.twilio.addNumber(number, { ...group.place, voice_url: 'https://old.example/number' });
  for (let at = 0; at < numbers.length; at += 25) await Promise.all(numbers.slice(at, at + 25).map((number) => put(number, more(number))));
}

describe.each(['trunk', 'application'] as const)('numbers on one %s', (sort) => {
  it('are diverted and put back by what it takes for one of them, and nothing is written at a number', async () => {
    const group = groups[sort]();
    await joined(group, ALL);
    await soon(async () => (await shown(numberAt(MANY - 1))).is).toBe('in step');
    await soon(async () => (await shown(numberAt(0))).wanted.net).toBe(`${here.service.publicBaseUrl}/webhooks/main/recovery`);
    await soon(() => writes()).toEqual([expect.stringContaining(group.sid)]);
    const [before, alone, already] = [group.held(), settingsOf(ALL), writes().length];

    const { diversion } = await turn('divert');
    await soon(() => counts(diversion)).toMatchObject({ diverted: MANY, pending: 0 });
    expect(writes().slice(already).map((path) => path.includes(group.sid))).toEqual(sort === 'trunk' ? [true, true] : [true]);
    expect(settingsOf(ALL)).toEqual(alone);
    expect(await shown(numberAt(7))).toMatchObject({ is: 'diverted', diversion, group: { ref: group.sid, moved: true }, wanted: { is: 'diverted', targets: [`${here.service.publicBaseUrl}/webhooks/main/voice`] } });
    expect(await here.service.ask('GET', `/v1/diversions/${diversion}/numbers?limit=1`)).toMatchObject({ progress: { numbers: MANY, left: 0 }, items: [{ is: 'diverted', group: { ref: group.sid, moved: true } }] });

    await turn('restore');
    await soon(() => counts(diversion)).toMatchObject({ 'in step': MANY, diverted: 0 });
    expect(group.held()).toEqual(before);
    expect(writes().every((path) => path.includes(group.sid))).toBe(true);
  });
});

it('a number whose calls would be moved without having been asked for is not moved: the others are moved by themselves, and put back', async () => {
  const group = groups.trunk();
  const ours = ALL.slice(0, 5);
  await joined(group, ours);
  here.twilio.addNumber('+442079469999', group.place);
  await soon(async () => (await shown(ours[4] ?? '')).group).toMatchObject({ moved: false, mixed: { why: 'not-asked', number: '+442079469999', count: 1 } });
  const [before, alone] = [group.held(), settingsOf(ours)];
  const { diversion } = await turn('divert');
  await soon(() => counts(diversion)).toMatchObject({ diverted: 5, pending: 0 });
  expect(settingsOf(ours).map((settings) => settings?.trunk_sid)).toEqual(['', '', '', '', '']);
  expect([group.held(), here.twilio.number('+442079469999')?.settings.trunk_sid]).toEqual([before, group.sid]);
  await turn('restore');
  await soon(() => counts(diversion)).toMatchObject({ 'in step': 5 });
  expect(settingsOf(ours)).toEqual(alone);
});

it('one that leaves the trunk to itself in the middle of a diversion goes back to it, and the others stay diverted throughout', async () => {
  const group = groups.application();
  const ours = ALL.slice(0, 4);
  await joined(group, ours);
  await soon(async () => (await shown(ours[3] ?? '')).is).toBe('in step');
  const before = group.held();
  const { diversion } = await turn('divert');
  await soon(() => counts(diversion)).toMatchObject({ diverted: 4 });
  const [first = '', ...others] = ours;
  await put(first, { divertBy: 'call' });
  await soon(() => settingsOf(others).map((settings) => settings?.voice_application_sid)).toEqual(['', '', '']);
  await soon(() => group.held()).toMatchObject({ voice_url: 'https://old.example/voice' });
  expect(settingsOf([first])[0]).toMatchObject(group.place);
  // It asks for it again: all of them are moved by one write once more.
  await put(first);
  await soon(() => settingsOf(ours).map((settings) => settings?.voice_application_sid)).toEqual(ours.map(() => group.sid));
  expect(group.held()).toMatchObject({ voice_url: `${here.service.publicBaseUrl}/webhooks/main/voice` });
  await turn('restore');
  await soon(() => group.held()).toEqual(before);
});

it('numbers of two primaries on one trunk are moved by themselves', async () => {
  const group = groups.trunk();
  const ours = ALL.slice(0, 4);
  await joined(group, ours, (number) => ({ primary: number === ours[0] ? 'dc2' : 'pbx' }));
  await soon(async () => (await shown(ours[3] ?? '')).group).toMatchObject({ moved: false, mixed: { why: 'primaries', number: ours[0], count: 1 } });
  const { diversion } = await turn('divert');
  await soon(() => counts(diversion)).toMatchObject({ diverted: 3 });
  expect(settingsOf(ours).map((settings) => settings?.trunk_sid)).toEqual([group.sid, '', '', '']);
});

it('what somebody else changes on it is one conflict of all its numbers, and ends by a word on one of them', async () => {
  const group = groups.application();
  const ours = ALL.slice(0, 3);
  await joined(group, ours);
  await soon(async () => (await shown(ours[2] ?? '')).is).toBe('in step');
  const { diversion } = await turn('divert');
  await soon(() => counts(diversion)).toMatchObject({ diverted: 3 });
  const held = here.twilio.applications.bySid(group.sid);
  if (held) held.settings = { ...held.settings, voice_url: 'https://theirs.example/' };
  await here.service.ask('POST', `/v1/numbers/${ours[1]}/route/retry`);
  await soon(async () => (await shown(ours[2] ?? '')).is).toBe('conflict');
  await soon(() => counts(diversion)).toMatchObject({ conflict: 3 });
  expect(await here.service.ask('GET', '/v1/conflicts')).toMatchObject({ items: [{ number: ours[0], group: { ref: group.sid, numbers: 3 }, conflict: { there: { voiceUrl: 'https://theirs.example/' } } }] });
  await here.service.ask('POST', `/v1/numbers/${ours[1]}/route/resolve`, { how: 'ours', reason: 'a slip' });
  await soon(() => counts(diversion)).toMatchObject({ diverted: 3, conflict: 0 });
  expect(held?.settings.voice_url).toBe(`${here.service.publicBaseUrl}/webhooks/main/voice`);
  expect(await here.service.ask('GET', '/v1/conflicts')).toEqual({ items: [] });
});

it('a number on no trunk is moved by itself, also when it joins one later, and trunks are refused where there are none', async () => {
  const group = groups.trunk();
  const [one = '', two = ''] = ALL;
  await joined(group, [one]);
  here.twilio.addNumber(two, { voice_url: 'https://old.example/number' });
  await put(two);
  await soon(async () => [(await shown(one)).is, (await shown(two)).is]).toEqual(['in step', 'in step']);
  expect((await shown(two)).group).toBeUndefined();
  await turn('divert');
  await soon(async () => [(await shown(one)).is, (await shown(two)).is]).toEqual(['diverted', 'diverted']);
  expect(settingsOf([one, two])).toMatchObject([{ trunk_sid: group.sid }, { voice_url: `${here.service.publicBaseUrl}/webhooks/main/voice` }]);
  await turn('restore');
  await soon(async () => [(await shown(one)).is, (await shown(two)).is]).toEqual(['in step', 'in step']);
  expect(settingsOf([two])).toMatchObject([{ voice_url: 'https://old.example/number' }]);
  const held = here.twilio.number(two);
  if (held) held.settings = { ...held.settings, trunk_sid: group.sid };
  await here.service.ask('POST', `/v1/numbers/${two}/route/retry`);
  await soon(async () => (await shown(two)).group).toEqual({ ref: group.sid, moved: true });

  await here.service.ask('PUT', '/v1/carriers/other', { kind: 'flowroute', credentials: { accessKey: 'a', secretKey: 'env:NONE' } });
  const refused = await here.service.request('PUT', `/v1/numbers/${two}`, { customer: 'acme', primary: 'pbx', carrier: 'other', plan: 'desk', divertBy: 'trunk' });
  expect([refused.status, refused.body['code']]).toEqual([422, 'carrier_ability_missing']);
});
