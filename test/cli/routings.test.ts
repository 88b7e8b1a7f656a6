/** `ringthrough status --numbers`, `conflicts` and `retry` through a real service at a strict stand-in for the carrier. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { ACCOUNT, cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;
const TOKEN = 'a-token-of-the-test';

let twilio: Twilio;
beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  await rig.service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url });
  twilio.addNumber(NUMBER, { voice_url: 'https://old.example/voice' });
  await rig.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'number' });
});
afterEach(() => twilio.close());

const isNow = async (): Promise<string> => (await rig.service.ask<{ is: string }>('GET', `/v1/numbers/${NUMBER}/route`)).is;

it('says what is so with the numbers at the carriers, and ends a conflict', async () => {
  expect((await cli(['status', '--numbers'])).output).toContain('At the carriers every number is as it should be.');
  await cli(['divert', 'pbx', '--reason', 'test']);
  await expect.poll(isNow).toBe('diverted');
  expect((await cli(['status', '--numbers'])).output).toMatch(/pbx +diverting +1 +0 +0 +0 +0 +done/);
  expect(await json(['status', '--numbers'])).toMatchObject({ diversions: [{ primary: 'pbx', progress: { numbers: 1, left: 0 }, behind: [] }] });

  const held = twilio.number(NUMBER);
  if (held) held.settings = { ...held.settings, voice_url: 'https://theirs.example/' };
  expect((await cli(['retry', NUMBER])).output).toContain(`${NUMBER} (diverted) is looked at now`);
  await expect.poll(isNow).toBe('conflict');
  expect((await cli(['conflicts', 'list'])).output).toContain('there https://theirs.example/, before https://old.example/voice');
  expect((await cli(['status', '--numbers'])).output).toMatch(new RegExp(`\\${NUMBER} +main +conflict`));
  expect(await cli(['conflicts', 'resolve', NUMBER, 'ours', '--reason', 'a slip'])).toMatchObject({ exit: 0, output: `${NUMBER}: it is set as if nobody had changed it.\n` });
  await expect.poll(isNow).toBe('diverted');
  expect(twilio.number(NUMBER)?.settings.voice_url).toContain('/webhooks/main/voice');
  expect((await cli(['conflicts', 'list'])).output).toContain('No routing is in conflict.');
});

it('names the trunk that a number is on, and why it is not moved', async () => {
  const { sid } = twilio.trunks.add([{ sip_url: 'sip:pbx.example.net' }]);
  twilio.addNumber('+442079469999', { trunk_sid: sid });
  const held = twilio.number(NUMBER);
  if (held) held.settings = { ...held.settings, trunk_sid: sid };
  await rig.service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk', divertBy: 'trunk' });
  await cli(['divert', 'pbx', '--reason', 'test']);
  await expect.poll(isNow, { timeout: 10_000 }).toBe('diverted');
  if (held) held.settings = { ...held.settings, voice_url: 'https://theirs.example/' };
  await cli(['retry', NUMBER]);
  await expect.poll(isNow).toBe('conflict');
  expect((await cli(['status', '--numbers'])).output).toContain(`${sid} is not moved: some numbers on it are not to be moved with it (+442079469999)`);
});

it('says what holds a diversion up', async () => {
  await expect.poll(isNow).toBe('in step');
  twilio.faults.next(1000, 'throttled-with-wait');
  await cli(['divert', 'pbx', '--reason', 'test']);
  await expect.poll(async () => (await cli(['status', '--numbers'])).output).toMatch(/main +1 +0 +for \d s, as the carrier asked/);
});
