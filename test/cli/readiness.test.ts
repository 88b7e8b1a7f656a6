/** `ringthrough readiness` through a real service. */
import { expect, it } from 'vitest';
import { cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;
const OTHER = '+442079460124';

it('says what share would be answered, which numbers would not and why, and ends accordingly', async () => {
  const good = await cli(['readiness']);
  expect(good).toMatchObject({ exit: 0, errors: '' });
  expect(good.output).toMatch(/^If their primary failed now \(as of [-\d: ]+\), there would be answered\n {2}numbers {2}100\.0 %: 1 of 1 numbers\n {2}calls {4}no calls of the last 28 days\n$/);

  await rig.service.ask('PUT', `/v1/numbers/${OTHER}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
  const bad = await cli(['readiness']);
  expect(bad.exit).toBe(1);
  expect(bad.output).toContain('numbers  50.0 %: 1 of 2 numbers\n');
  expect(bad.output).toMatch(/no-plan +not answered +1 +0 +neither the number, nor its customer, nor the provider has a plan for it\n/);
  expect(bad.output).toMatch(new RegExp(`\\${OTHER} +acme +pbx +NO +0 +no-plan\n$`));
  expect(bad.output).not.toContain(NUMBER);
  expect((await cli(['readiness', '--reason', 'policy'])).output).not.toContain(OTHER);

  await rig.service.ask('PUT', '/v1/plans/closed', { customer: 'acme', destinations: [{ to: '+447400123456', maxCalls: 1 }] });
  for (const number of [NUMBER, OTHER]) await rig.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'closed' });
  const risky = await cli(['readiness', '--primary', 'pbx', '--customer', 'acme', '--limit', '1']);
  expect(risky).toMatchObject({ exit: 4, errors: expect.stringContaining('There are more than these 1 number') });
  expect(risky.output).toContain('100.0 %: 2 of 2 numbers; 2 at risk');

  expect(await cli(['readiness', '--primary', 'none'])).toMatchObject({ exit: 0, output: expect.stringContaining('numbers  no numbers\n') });
  expect(await cli(['readiness', '--customer', 'acme', '--reason', 'nonsense'])).toMatchObject({ exit: 1, errors: expect.stringContaining('request_invalid') });
  await rig.service.ask('PUT', '/v1/plans/closed', { customer: 'acme', destinations: [{ to: 'voicemail' }] });
  expect(await json(['readiness'])).toMatchObject({ numbers: { all: 2, answered: 2, share: 1 }, items: [] });
});
