/** `ringthrough carriers check` through a real service at a strict stand-in for the carrier. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { ACCOUNT, cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;
const TOKEN = 'a-token-of-the-test';

let twilio: Twilio;
const put = (authToken: string) => rig.service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken }, baseUrl: twilio.url, limits: { writesPerSecond: 500 } });
beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  await put(TOKEN);
});
afterEach(() => twilio.close());

it('says what can be done there, what agrees and what does not', async () => {
  expect(await cli(['carriers', 'check', 'main', '--last'])).toMatchObject({ exit: 4, output: expect.stringContaining('never checked') });
  twilio.addNumber(NUMBER, { voice_url: `${rig.service.publicBaseUrl}/webhooks/main/voice` });
  const good = await cli(['carriers', 'check', 'main']);
  expect(good).toMatchObject({ exit: 0, errors: '' });
  expect(good.output).toMatch(/^main \(twilio\)\n {2}asks us for each call +yes\n {2}a number led to +an address that is asked for each call\n/);
  expect(good.output).toMatch(/credentials +accepted\n {2}numbers +1 held there, 1 here, of which 1 found\n$/);

  const [stray, foreign, missing] = ['+442079460124', '+442079460125', '+442079460126'];
  twilio.addNumber(stray, { voice_url: `${rig.service.publicBaseUrl}/webhooks/main/voice`, voice_method: 'GET' });
  twilio.addNumber(foreign);
  for (const number of [stray, missing]) await rig.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', divertBy: 'number' });
  const { exit, output } = await cli(['carriers', 'check']);
  expect(exit).toBe(1);
  expect(output).toContain(`1 number here that it does not hold:\n    ${missing}\n`);
  expect(output).toContain(`1 number forwarded there though nothing here diverts them:\n    ${stray}  to ${rig.service.publicBaseUrl}/webhooks/main/voice\n`);
  expect(output).toContain(`1 number there that nobody here knows:\n    ${foreign}\n`);
  expect((await cli(['carriers', 'check', 'main', '--last'])).exit).toBe(1);
  const trunk = twilio.trunks.add([{ sip_url: 'sip:pbx.example.net' }]);
  Object.assign(twilio.number(NUMBER)?.settings ?? {}, { trunk_sid: trunk.sid });
  await rig.service.ask('PUT', `/v1/numbers/${foreign}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
  const { output: more } = await cli(['carriers', 'check', 'main']);
  expect(more).toContain(`1 number for which the carrier does not ask us, though they are diverted per call:\n    ${foreign}\n`);
  expect(more).toContain(`1 trunk or application with numbers here, 1 not as they should be:\n    ${trunk.sid}  its calls go elsewhere; NOT ASKED for 1 number with divertBy call; 1 of its 1 number here (${NUMBER})\n`);
  await rig.service.request('DELETE', `/v1/numbers/${foreign}`);
  Object.assign(twilio.number(NUMBER)?.settings ?? {}, { trunk_sid: '' });
  Object.assign(twilio.number(stray)?.settings ?? {}, { voice_method: 'POST' });
  await rig.service.ask('PUT', `/v1/numbers/${stray}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
  await rig.service.request('DELETE', `/v1/numbers/${missing}`);
  expect(await json(['carriers', 'check', 'main'])).toMatchObject({ carrier: 'main', last: { credentials: 'accepted', findings: { held: 3, found: 2, strays: { count: 0 }, unwired: { count: 0 }, groups: { count: 0 } } } });
  expect(await json(['carriers', 'check', '--last'])).toMatchObject([{ carrier: 'main' }]);
});

it('says what the carrier said of the credentials', async () => {
  await put('wrong');
  expect(await cli(['carriers', 'check', 'main'])).toMatchObject({ exit: 1, output: expect.stringContaining('credentials  refused: carrier_refused: Twilio 20003: Authenticate') });
  expect(await cli(['carriers', 'check', 'none'])).toMatchObject({ exit: 1, errors: expect.stringContaining('not_found') });
});
