/** `ringthrough carriers wire` through a real service at a strict stand-in for the carrier. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realSystem, type Timers } from '../../src/system/system.ts';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { ACCOUNT, cliRig, NUMBER } from './service.ts';

const rig = cliRig();
const { cli, json } = rig;

const TOKEN = 'a-token-of-the-test';
const OTHER = '+442079460124';
const TRUNKED = '+442079460125';
const MISSING = '+442079460126';
const TRUNK = `TK${'b'.repeat(32)}`;
const OLD = 'https://old.example/voice';
const VOICE = 'https://calls.example.net/webhooks/main/voice#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx';

let twilio: Twilio;
beforeEach(async () => {
  twilio = await createTwilio({ accountSid: ACCOUNT, authToken: TOKEN });
  await rig.service.ask('PUT', '/v1/carriers/main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: TOKEN }, baseUrl: twilio.url });
  for (const number of [NUMBER, OTHER]) twilio.addNumber(number, { voice_url: OLD });
  await rig.service.ask('PUT', `/v1/numbers/${OTHER}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
});
afterEach(() => twilio.close());

const voiceUrl = (number: string) => twilio.number(number)?.settings.voice_url;

async function addTrunkedAndMissing(): Promise<void> {
  twilio.addNumber(TRUNKED, { voice_url: OLD, trunk_sid: TRUNK });
  for (const number of [TRUNKED, MISSING]) await rig.service.ask('PUT', `/v1/numbers/${number}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
}

/** Waits are noted and are over at once. */
function noted(waits: number[]): Timers {
  return {
    ...realSystem.timers,
    after(ms, task) {
      waits.push(ms);
      return realSystem.timers.after(0, task);
    },
  };
}

describe('without --apply', () => {
  it('prints what trunks and numbers must have and what would change, and changes nothing', async () => {
    const { exit, output, errors } = await cli(['carriers', 'wire', 'main']);
    expect([exit, errors]).toEqual([0, '']);
    expect(output).toContain(`Numbers of main (twilio) must have:\n  voiceUrl              ${VOICE}\n`);
    expect(output).toMatch(/Its trunks must have, set by hand at the carrier:\n {2}disasterRecoveryUrl +https:\/\/calls\.example\.net\/webhooks\/main\/recovery#/);
    expect(output).toContain(`${NUMBER}  would be changed\n    voiceUrl: ${OLD}\n           -> ${VOICE}\n    voiceFallbackUrl: (nothing)\n`);
    expect(output).toMatch(/\n2 numbers: 2 would be changed, 0 wired already, 0 left alone, 0 failed\. Nothing was changed; --apply changes it\.\n$/);
    expect(twilio.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect([voiceUrl(NUMBER), voiceUrl(OTHER)]).toEqual([OLD, OLD]);
  });

  it('says what taking from a trunk would change', async () => {
    await addTrunkedAndMissing();
    expect((await cli(['carriers', 'wire', 'main', '--number', TRUNKED])).output).toMatch(new RegExp(`left alone\n {4}note: .*${TRUNK}.*\n\n1 number: .* 1 left alone`));
    expect((await cli(['carriers', 'wire', 'main', '--number', TRUNKED, '--take-from-trunk'])).output).toContain(`would be changed\n    trunkSid: ${TRUNK}\n`);
    expect(twilio.number(TRUNKED)?.settings.trunk_sid).toBe(TRUNK);
  });
});

describe('with --apply', () => {
  it('wires all numbers; a second run finds nothing to do', async () => {
    expect(await cli(['carriers', 'wire', 'main', '--apply'])).toMatchObject({ exit: 0, errors: '', output: expect.stringMatching(/2 numbers: 2 wired now, 0 wired already, 0 left alone, 0 failed\.\n$/) });
    expect([voiceUrl(NUMBER), voiceUrl(OTHER)]).toEqual([VOICE, VOICE]);
    expect((await cli(['carriers', 'wire', 'main', '--apply'])).output).toMatch(/2 numbers: 0 wired now, 2 wired already, 0 left alone, 0 failed\.\n$/);
  });

  it('wires one number alone', async () => {
    expect((await cli(['carriers', 'wire', 'main', '--apply', '--number', OTHER])).exit).toBe(0);
    expect([voiceUrl(NUMBER), voiceUrl(OTHER)]).toEqual([OLD, VOICE]);
  });

  it('a number that fails or is left alone does not stop the others, and the exit code tells', async () => {
    await addTrunkedAndMissing();
    const { exit, output, errors } = await cli(['carriers', 'wire', 'main', '--apply']);
    expect([exit, errors]).toEqual([4, expect.stringMatching(new RegExp(`^\\${MISSING}  failed: carrier_number_unknown: .*\n$`))]);
    expect(output).toContain('4 numbers: 2 wired now, 0 wired already, 1 left alone, 1 failed.');
    expect([voiceUrl(NUMBER), voiceUrl(OTHER), voiceUrl(TRUNKED)]).toEqual([VOICE, VOICE, OLD]);
  });

  it('a number that is left alone is not wired, and the exit code tells', async () => {
    await addTrunkedAndMissing();
    expect(await cli(['carriers', 'wire', 'main', '--apply', '--number', TRUNKED])).toMatchObject({ exit: 4, errors: '' });
    expect((await cli(['carriers', 'wire', 'main', '--number', TRUNKED])).exit).toBe(0);
  });

  it('takes numbers from their trunk when asked, and what was there is in the audit trail', async () => {
    await addTrunkedAndMissing();
    expect((await cli(['carriers', 'wire', 'main', '--apply', '--number', TRUNKED, '--take-from-trunk'])).exit).toBe(0);
    expect(twilio.number(TRUNKED)?.settings).toMatchObject({ trunk_sid: '', voice_url: VOICE });
    const { items } = (await json(['audit'])) as { items: { action: string; changes: unknown }[] };
    expect(items.find(({ action }) => action === 'carriers.wire')?.changes).toMatchObject([{ before: { trunkSid: TRUNK, voiceUrl: OLD } }]);
  });

  it('waits and tries again when the carrier asks to slow down', async () => {
    twilio.faults.next(2, 'throttled');
    const waits: number[] = [];
    expect((await cli(['carriers', 'wire', 'main', '--apply', '--number', NUMBER], { timers: noted(waits) })).exit).toBe(0);
    expect([waits, voiceUrl(NUMBER)]).toEqual([[2000, 2000], VOICE]);
  });

  it('gives a number up that is kept back for too long, and goes on', async () => {
    twilio.faults.next(4, 'throttled');
    const waits: number[] = [];
    const { exit, errors } = await cli(['carriers', 'wire', 'main', '--apply'], { timers: noted(waits) });
    expect([exit, waits.length]).toEqual([4, 3]);
    expect(errors).toMatch(/failed: carrier_throttled: .*\n {2}hint: wait/);
    expect([voiceUrl(NUMBER), voiceUrl(OTHER)]).toEqual([OLD, VOICE]);
  });

  it('machines get every answer of the API in one document', async () => {
    await addTrunkedAndMissing();
    const { exit, output } = await cli(['carriers', 'wire', 'main', '--apply', '--json']);
    expect(exit).toBe(4);
    const { wiring, numbers } = JSON.parse(output) as { wiring: unknown; numbers: { number: string }[] };
    expect(wiring).toMatchObject({ carrier: 'main', number: { voiceUrl: VOICE } });
    expect(numbers.toSorted((left, right) => left.number.localeCompare(right.number))).toMatchObject([
      { number: NUMBER, state: 'wired', applied: true, before: { voiceUrl: OLD }, after: { voiceUrl: VOICE } },
      { number: OTHER, applied: true },
      { number: TRUNKED, state: 'left-alone', applied: false },
      { number: MISSING, code: 'carrier_number_unknown' },
    ]);
  });

  it('shows progress where a person watches', async () => {
    const { errors } = await cli(['carriers', 'wire', 'main', '--apply'], { watched: true });
    expect(errors).toContain('1 done, now ');
    expect(errors).toMatch(/\r +\r$/);
  });
});

it('a carrier that is not there, and a key that may not', async () => {
  expect(await cli(['carriers', 'wire', 'nowhere', '--apply'])).toMatchObject({ exit: 1, output: '', errors: 'error (not_found): No such carrier\n' });
  const { key } = await rig.service.ask<{ key: string }>('PUT', '/v1/keys/ops', { role: 'operator' });
  expect(await cli(['carriers', 'wire', 'main', '--apply'], { key })).toMatchObject({ exit: 1, errors: expect.stringContaining('role_insufficient') });
  expect(twilio.requests).toEqual([]);
});

it('a service that goes away in the middle ends the run', async () => {
  const stop: Timers = { ...realSystem.timers, after: (ms, task) => { void rig.service.app.close().then(task); return realSystem.timers.after(ms, () => undefined); } };
  twilio.faults.next(1, 'throttled');
  expect(await cli(['carriers', 'wire', 'main', '--apply'], { timers: stop })).toMatchObject({ exit: 3, errors: expect.stringContaining('error (unreachable)') });
  expect([voiceUrl(NUMBER), voiceUrl(OTHER)]).toEqual([OLD, OLD]);
});
