/** Drills from end to end: a whole service, a strict stand-in of Twilio with telephones, and what is seen, kept and left alone. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { drilling } from '../support/drilling.ts';
import { eachTwilio } from '../support/each-twilio.ts';

const [NUMBER, OTHER] = ['+442079460123', '+442079460124'];
const [PRESSES, MACHINE, BUSY, SILENT, NOBODY] = ['+447400123451', '+447400123452', '+447400123453', '+447400123454', '+447400123455'];
const SOON = { timeout: 15_000, interval: 50 };
interface Test {
  to: string;
  is: string;
  heldBack?: { code: string };
  why?: string;
  calledAt?: string;
  times: Record<'accepted' | 'effective' | 'answered' | 'confirmed' | 'ended', number>;
}
interface Shown {
  id: string;
  state: string;
  counts: Record<string, number>;
  tests: Test[];
}

const at = eachTwilio(
  async ({ service, twilio }) => {
    await service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: [{ to: PRESSES, ringSeconds: 20 }, { to: 'voicemail' }] });
    await service.ask('PUT', `/v1/numbers/${encodeURIComponent(NUMBER)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'desk' });
    twilio.addNumber(NUMBER, { voice_url: 'https://calls.example.net/webhooks/main/voice', status_callback: 'https://calls.example.net/webhooks/main/status' });
  },
  {
    twilio: {
      timeScale: 20,
      phones: { [PRESSES]: { does: 'presses', key: '1', talkSeconds: 600 }, [MACHINE]: { does: 'private-voicemail', talkSeconds: 600 }, [BUSY]: { does: 'busy' }, [SILENT]: { does: 'no-answer' } },
    },
    service: (redis) => drilling(redis),
  },
);

const plan = (...tos: string[]) => at.service.ask('PUT', '/v1/plans/desk', { customer: 'acme', destinations: tos.map((to) => (to === 'voicemail' ? { to } : { to, ringSeconds: tos.length > 2 ? 10 : 120 })) });
const drill = (more: object = {}) => at.service.ask<Shown>('POST', '/v1/drills', { plan: 'desk', anyHour: true, ...more });
const read = (id: string) => at.service.ask<Shown>('GET', `/v1/drills/${id}`);
const results = ({ tests }: Shown) => Object.fromEntries(tests.map(({ to, is }) => [to, is]));

async function ended(id: string, state = 'done'): Promise<Shown> {
  await expect.poll(async () => (await read(id)).state, SOON).toBe(state);
  return read(id);
}

describe('a drill', () => {
  it('calls each destination once, says what became of it and how long it took, and is nobody\'s call', async () => {
    await plan(PRESSES, MACHINE, BUSY, SILENT, NOBODY, 'voicemail');
    const begun = await drill({ reason: 'the quarter' });
    expect(begun).toMatchObject({ state: 'waiting', counts: { waiting: 5 }, rehearsed: [{ primary: 'pbx', why: expect.stringContaining('no probes') }] });
    const done = await ended(begun.id);
    expect(results(done)).toEqual({ [PRESSES]: 'proven', [MACHINE]: 'unconfirmed', [BUSY]: 'busy', [SILENT]: 'no-answer', [NOBODY]: 'failed' });
    const { times } = done.tests[0]!;
    expect([times.accepted, times.effective, times.answered, times.confirmed, times.ended].every((ms) => ms >= 0)).toBe(true);
    expect(times.effective).toBeLessThanOrEqual(times.answered);
    expect(times.answered).toBeLessThanOrEqual(times.confirmed);
    for (const to of [PRESSES, MACHINE, BUSY, SILENT]) expect(at.twilio.phones.callsTo(to)).toMatchObject([{ callerId: NUMBER }]);
    expect(at.twilio.placed.flatMap(({ transcript }) => transcript.violations)).toEqual([]);
    // No more than two at a time.
    const spans = done.tests.map(({ calledAt, times: { ended: over } }) => [Date.parse(calledAt ?? ''), Date.parse(calledAt ?? '') + over] as const);
    for (const [from] of spans) expect(spans.filter(([began, over]) => began < from && over > from).length).toBeLessThan(2);
    // It is no call of anybody, and nothing of it is left.
    expect(await at.service.ask('GET', '/v1/calls')).toMatchObject({ items: [] });
    expect(await at.service.ask('GET', '/v1/primaries/pbx')).toMatchObject({ status: { state: 'up', evidence: [] } });
    expect(await at.world.redis.hlen(keys.activeLegs)).toBe(0);
    const proofs = await at.service.ask<{ items: { to: string; proven?: { ageDays: number }; last?: { is: string } }[] }>('GET', '/v1/drills/proofs?plan=desk');
    expect(proofs.items.map(({ to, proven, last }) => [to, proven?.ageDays, last?.is])).toEqual([[PRESSES, 0, 'proven'], [MACHINE, undefined, 'unconfirmed'], [BUSY, undefined, 'busy'], [SILENT, undefined, 'no-answer'], [NOBODY, undefined, 'failed']]);
    const audit = await at.service.ask<{ items: { action: string; customer?: string }[] }>('GET', '/v1/audit?limit=5');
    expect(audit.items.map(({ action }) => action).slice(0, 2)).toEqual(['drills.end', 'drills.begin']);
    expect(at.service.lines.join('\n')).not.toContain('7400123451');
    // One of them is proven, and that is enough. Of another plan nothing is.
    const reasons = async () => (await at.service.ask<{ problems: { reason: string; numbers: number }[] }>('GET', '/v1/readiness')).problems.map(({ reason, numbers }) => [reason, numbers]);
    expect(await reasons()).toEqual([]);
    await at.service.ask('PUT', '/v1/plans/other', { customer: 'acme', destinations: [{ to: NOBODY }] });
    await at.service.ask('PUT', `/v1/numbers/${encodeURIComponent(OTHER)}`, { customer: 'acme', primary: 'pbx', carrier: 'main', plan: 'other' });
    expect(await reasons()).toEqual([['unproven', 1]]);
    // Nobody is called again so soon; what was proven stays proven.
    const again = await ended((await drill()).id);
    expect(new Set(again.tests.map(({ heldBack }) => heldBack?.code))).toEqual(new Set(['called-lately']));
    expect(at.twilio.placed).toHaveLength(5);
  });

  it('makes no call while the primary is diverted, nor at other hours, and ends what is under way when it is', async () => {
    await plan(SILENT);
    const night = await drill({ anyHour: false, notBefore: new Date(Date.now() + 3_600_000).toISOString() });
    await expect.poll(async () => (await read(night.id)).tests[0]?.heldBack?.code, SOON).toBe('not-before');
    at.twilio.phones.behaviours.set(SILENT, { does: 'answers', afterSeconds: 900 });
    const one = await drill();
    await expect.poll(async () => (await read(one.id)).tests[0]?.is, SOON).toBe('ringing');
    await at.service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'down' });
    expect(results(await ended(one.id))).toEqual({ [SILENT]: 'stopped' });
    expect(at.twilio.placed[0]?.status).toBe('canceled');
    await plan(PRESSES);
    const other = await drill();
    await expect.poll(async () => (await read(other.id)).tests[0]?.heldBack?.code, SOON).toBe('diverted');
    expect(at.twilio.placed).toHaveLength(1);
    await at.service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'well', how: 'now' });
    expect(results(await ended(other.id))).toEqual({ [PRESSES]: 'proven' });
  });

  it('is stopped: nobody more is called, and the call under way is ended', async () => {
    await plan(SILENT, BUSY);
    at.twilio.phones.behaviours.set(SILENT, { does: 'answers', afterSeconds: 900 });
    at.twilio.phones.behaviours.set(BUSY, { does: 'answers', afterSeconds: 900 });
    const { id } = await drill();
    await expect.poll(async () => (await read(id)).counts, SOON).toEqual({ ringing: 2 });
    expect(await at.service.ask('POST', `/v1/drills/${id}/stop`)).toMatchObject({ state: 'stopping' });
    expect((await ended(id, 'stopped')).counts).toEqual({ stopped: 2 });
    await Promise.all(at.twilio.placed.map(({ over }) => over));
    expect(await at.service.request('POST', `/v1/drills/${id}/stop`)).toMatchObject({ status: 409, body: { code: 'drill_ended' } });
  });

  it('is told by webhooks what the carrier took and did not say, and leaves a carrier alone that asks for it', async () => {
    at.twilio.faults.next(1, 'accept-then-break');
    expect(results(await ended((await drill()).id))).toEqual({ [PRESSES]: 'proven' });
    expect(at.twilio.placed).toHaveLength(1);
    await plan(MACHINE);
    at.twilio.faults.next(1, 'throttled');
    const { id } = await drill();
    await expect.poll(async () => (await read(id)).tests[0]?.heldBack?.code, SOON).toBe('carrier');
    await at.service.ask('POST', `/v1/drills/${id}/stop`);
    await ended(id, 'stopped');
    expect(at.twilio.placed).toHaveLength(1);
  });

  it('that comes back to its caller rings no primary and is recorded nowhere', async () => {
    await plan(PRESSES);
    at.twilio.phones.behaviours.set(PRESSES, { does: 'forwards-to', number: NUMBER, silently: true });
    const done = await ended((await drill()).id);
    expect(results(done)).toEqual({ [PRESSES]: 'busy' });
    expect(await at.service.ask('GET', '/v1/calls')).toMatchObject({ items: [] });
  });

  it('of one customer makes the telephones of its own plans ring and no others, and is seen by nobody else', async () => {
    const { service } = at;
    await service.ask('PUT', '/v1/plans/shared', { destinations: [{ to: BUSY }] });
    await service.ask('PUT', '/v1/customers/globex', { name: 'Globex', defaultPlan: 'shared' });
    await service.ask('PUT', `/v1/numbers/${encodeURIComponent(OTHER)}`, { customer: 'globex', primary: 'pbx', carrier: 'main' });
    const [acme, globex] = await Promise.all(['acme', 'globex'].map(async (customer) => (await service.ask<{ key: string }>('PUT', `/v1/keys/${customer}`, { role: 'operator', customer })).key));
    const later = { notBefore: new Date(Date.now() + 3_600_000).toISOString() };
    const as = (key: string | undefined, method: string, path: string, body?: object) => service.request(method, path, body, key ?? null);
    for (const scope of [{ customer: 'globex' }, { plan: 'shared' }, { numbers: [OTHER] }]) expect((await as(acme, 'POST', '/v1/drills', { ...scope, ...later })).body).toMatchObject({ code: expect.stringMatching(/^(not_found|drill_empty)$/) });
    expect((await as(acme, 'POST', '/v1/drills', { plan: 'desk', carrier: 'main' })).body).toMatchObject({ code: 'field_provider_only' });
    // The provider's plan is not its own.
    expect((await as(globex, 'POST', '/v1/drills', { customer: 'globex', ...later })).body).toMatchObject({ code: 'drill_empty' });
    const { body } = await as(acme, 'POST', '/v1/drills', { primary: 'pbx', ...later });
    expect(body).toMatchObject({ customer: 'acme', tests: [{ to: PRESSES, plans: ['desk'] }] });
    expect(JSON.stringify(body)).not.toContain('"main"');
    const path = `/v1/drills/${String(body['id'])}`;
    expect(await as(globex, 'GET', path)).toMatchObject({ status: 404 });
    expect(await as(globex, 'POST', `${path}/stop`)).toMatchObject({ status: 404 });
    expect((await as(globex, 'GET', '/v1/drills')).body).toEqual({ items: [] });
    expect((await as(globex, 'GET', '/v1/drills/proofs?plan=desk')).body).toEqual({ items: [] });
    expect(await as(acme, 'GET', path)).toMatchObject({ status: 200 });
  });

  it('is refused when it would call nobody, or too many; what cannot be called is said', async () => {
    const refused = async (body: object, code: string) => expect(await at.service.request('POST', '/v1/drills', body)).toMatchObject({ body: { code } });
    await refused({ plan: 'nobodys' }, 'drill_empty');
    await refused({}, 'request_invalid');
    await refused({ plan: 'desk', from: '+442079460999' }, 'reference_unknown');
    await plan(...Array.from({ length: 6 }, (_, index) => `+44740012346${index}`));
    await refused({ customer: 'acme' }, 'drill_too_large');
    await at.service.ask('PUT', `/v1/numbers/${encodeURIComponent(OTHER)}`, { customer: 'acme', primary: 'pbx', carrier: 'main' });
    await at.service.ask('PUT', '/v1/carriers/mute', { kind: 'voipms', credentials: { username: 'a@example.net', apiPassword: 'a-password-of-the-test' }, baseUrl: at.twilio.url });
    await plan(OTHER, PRESSES);
    const later = { notBefore: new Date(Date.now() + 3_600_000).toISOString() };
    expect((await drill(later)).tests.map(({ to, heldBack }) => [to, heldBack?.code])).toEqual([[OTHER, 'own-number'], [PRESSES, 'not-before']]);
    expect((await drill({ ...later, carrier: 'mute' })).tests.map(({ heldBack }) => heldBack?.code)).toEqual(['carrier-cannot', 'carrier-cannot']);
    for (let more = 0; more < 18; more += 1) await drill(later);
    await refused({ plan: 'desk' }, 'drill_too_many');
  });
});
