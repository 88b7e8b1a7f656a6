/** `GET /v1/diversions/{id}/report`: of a diversion of a running service, in both forms, and whole numbers for whom they are. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiversionReport } from '../../src/domain/diversion-report.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import { createEvidenceJournal } from '../../src/store/evidence-journal.ts';
import { realSystem } from '../../src/system/system.ts';
import { openWorld } from '../support/world.ts';
import { ACME_NUMBER, GLOBEX_NUMBER, openApi, type Api, type Holder } from './api.ts';

const CALLER = '+447700900123';
let api: Api;
let diversion: string;

beforeAll(async () => {
  api = await openApi();
  for (const [id, more] of [['of-pbx', { primary: 'pbx', customer: 'acme' }], ['of-none', {}]] as const) {
    await api.ask('PUT', `/v1/subscribers/${id}`, { url: 'https://pbx.example.net/', secret: `whsec_${'a'.repeat(32)}`, ...more });
    await api.ask('POST', '/v1/notifications', { subscriber: id, kind: 'order.changed', key: 'x', class: 'history', data: {} });
  }
  const world = await openWorld(api.redis.url);
  const now = Date.now();
  const journal = createEvidenceJournal({ redis: world.redis, system: realSystem, log: world.log });
  journal.said({ primary: 'pbx', source: 'probe/a/1', group: 'probes', claim: 'down', weight: 1, at: now - 20_000, expiresAt: now, because: 'no answer to 2 OPTIONS in 2 s' });
  await journal.stop();
  diversion = (await api.as<{ diversion: string }>('operator', 'POST', '/v1/primaries/pbx/divert', { reason: `rung by ${CALLER}` })).body.diversion;
  const arrival = (number: string, customer: string) => ({ number, from: CALLER, customer, primary: 'pbx', diversion, route: 'plan' as const, protected: true });
  await createCallStore(world.redis).record([
    { carrier: 'main', ref: 'one', at: now - 10_000, arrival: { ...arrival(ACME_NUMBER, 'acme'), route: 'primary-first' }, leg: { position: 0, step: 'primary', to: 'sip:x', result: { end: 'failed', cause: 'down' } } },
    { carrier: 'main', ref: 'one', at: now - 9000, outcome: { is: 'answered', rank: 90, by: 'd1' } },
    { carrier: 'main', ref: 'two', at: Date.now(), arrival: arrival(GLOBEX_NUMBER, 'globex'), outcome: { is: 'missed', rank: 50 } },
  ]);
  await world.close();
  await api.as('operator', 'POST', '/v1/primaries/pbx/restore', { reason: 'repaired' });
});
afterAll(() => api.close());

const get = async (holder: Holder, query = ''): Promise<DiversionReport> => (await api.as<DiversionReport>(holder, 'GET', `/v1/diversions/${diversion}/report${query}`)).body;

test('tells what was seen, said and met, and masks numbers', async () => {
  const report = await get('viewer');
  expect(report).toMatchObject({
    diversion, primary: 'pbx', numbersShown: 'masked', isOpen: false, started: { by: { key: 'operator' }, reason: 'rung by +447******123' }, ended: { reason: 'repaired' },
    measured: { firstSign: 'probes: no answer to 2 OPTIONS in 2 s' },
    calls: { calls: 2, backup: 1, missed: 1, savedInCall: 1, diverted: 1 },
    lostCallers: [{ from: '+447******123', calls: 1, numbers: [GLOBEX_NUMBER.replace(/^(.{4}).{6}/, '$1******')], customer: 'globex' }],
    carriers: { numbers: 0, left: [] }, told: [], backlogs: [{ subscriber: 'of-pbx', customer: 'acme', waiting: 1, dead: 0 }], gaps: [],
    recorded: { processes: ['a'], numbers: [{ count: 2, divertBy: 'call', withPlan: 1, carrier: 'main', class: 'standard' }], offered: [{ calls: 1, failed: 1 }], orders: [{ says: 'divert' }, { says: 'restore' }] },
  });
  expect(report.measured.toDivertSeconds).toBeGreaterThanOrEqual(20);
  expect(report.timeline.map(({ is, text }) => `${is}: ${text}`)).toEqual([
    'evidence: probes: down (no answer to 2 OPTIONS in 2 s)', 'calls: the first call failed at the primary', 'calls: the first call was answered by a backup',
    'word: operator diverted it: “rung by +447******123”', 'calls: the first call was sent to the plan at once', 'word: operator restored it: “repaired”',
  ]);
  expect(JSON.stringify(report)).not.toMatch(/\+\d{7}/);
});

test('whole numbers are for operators; one customer’s report has nothing of another', async () => {
  expect((await get('operator', '?numbers=whole')).lostCallers).toMatchObject([{ from: CALLER, numbers: [GLOBEX_NUMBER] }]);
  expect(await get('viewer', '?numbers=whole')).toMatchObject({ code: 'role_insufficient' });
  expect(await get('viewer', '?customer=acme')).toMatchObject({ customer: 'acme', calls: { calls: 1, backup: 1 }, lostCallers: [] });
  expect(await get('viewer', '?customer=nobody')).toMatchObject({ code: 'not_found' });
});

test('as Markdown for who asks for it', async () => {
  for (const accept of ['text/markdown', 'text/markdown;q=0.9, application/json;q=0.1']) {
    const answer = await api.as<string>('viewer', 'GET', `/v1/diversions/${diversion}/report`, undefined, { accept });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('vary')]).toEqual([200, 'text/markdown; charset=utf-8', expect.stringContaining('accept')]);
  }
  const { body } = await api.as<unknown>('viewer', 'GET', `/v1/diversions/${diversion}/report`, undefined, { accept: 'application/json, text/markdown' });
  expect(body).toMatchObject({ diversion });
  expect((await api.as('viewer', 'GET', '/v1/diversions/d-none/report')).status).toBe(404);
});
