/** `ringthrough drill` and `drills` through a real service: what is begun, shown while it goes on, stopped, and how it ends. */
import { expect, it } from 'vitest';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';
import { ACCOUNT } from '../support/world.ts';
import { cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli } = rig;
const [PRESSES, BUSY] = ['+447400123451', '+447400123452'];
const TOKEN = 'a-token-of-the-test';

it('calls, shows how far it is, and ends with what it came to', async () => {
  const { service } = rig;
  const origins = new Map([[service.publicBaseUrl, service.url]]);
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN, origins, timeScale: 40, phones: { [PRESSES]: { does: 'presses', key: '1' }, [BUSY]: { does: 'busy' } } });
  try {
    twilio.addNumber(NUMBER);
    await service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url });
    await service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: PRESSES }, { to: 'voicemail' }] });
    await service.ask('PUT', `/v1/numbers/${NUMBER}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    const good = await cli(['drill', '--plan', 'desk', '--any-hour', '--reason', 'to see']);
    expect(good).toMatchObject({ exit: 0, errors: expect.stringMatching(/^Drill [\w-]+; to stop it: ringthrough drills stop [\w-]+\n/) });
    expect(good.output).toMatch(/ is done: 1 destination, 1 proven\.\n\nDESTINATION +IS +ACCEPTED/);
    expect(good.output).toMatch(new RegExp(`\\${PRESSES} +proven +[\\d.]+ s +[\\d.]+ s +[\\d.]+ s +[\\d.]+ s +who picked up pressed 1\n`));

    await service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: BUSY }] });
    const counted = await cli(['drill', '--number', NUMBER, '--any-hour', '--json']);
    expect(counted).toMatchObject({ exit: 1, errors: '' });
    const bad = JSON.parse(counted.output) as { id: string };
    expect(bad).toMatchObject({ state: 'done', counts: { busy: 1 }, tests: [{ to: BUSY, is: 'busy' }] });
    expect((await cli(['drills', 'show', bad.id])).exit).toBe(1);
    expect((await cli(['drills'])).output).toMatch(/^DRILL +BEGUN +STATE +ENDED +CAME TO\n\S+ .* done .* 1 busy\n\S+ .* done .* 1 proven\n$/);

    const again = await cli(['drill', '--customer', 'acme', '--any-hour']);
    expect(again).toMatchObject({ exit: 4, output: expect.stringContaining('it had a test call a few minutes ago') });
    const later = await cli(['drill', '--primary', 'pbx', '--at', '2099-01-01T09:00:00Z', '--detach']);
    const [id = ''] = /[\w]+z-[0-9a-f]{8}/.exec(later.output) ?? [];
    expect(await cli(['drills', 'stop', id])).toMatchObject({ exit: 0 });
    expect(await cli(['drills', 'show', id, '--wait'])).toMatchObject({ exit: 4, output: expect.stringContaining('is stopped') });
    expect((await cli(['drills', 'proofs'])).output).toMatch(new RegExp(`^PLAN +DESTINATION +PROVEN .*\ndesk +\\${BUSY} +- +- +[-\\d: ]+ +busy\n$`));
    expect(await cli(['drill'])).toMatchObject({ exit: 2, errors: expect.stringContaining('--plan') });
    expect(await cli(['drill', '--plan', 'nothing'])).toMatchObject({ exit: 1, errors: expect.stringContaining('drill_empty') });
  } finally {
    await twilio.close();
  }
});
