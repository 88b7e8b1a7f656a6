/** A service that acts by itself, and people who say otherwise: over the real API, with evidence that another process shares. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Claim, EvidenceGroup } from '../../src/domain/evidence.ts';
import { createEvidenceBoard, type EvidenceBoard } from '../../src/health/evidence-board.ts';
import { createHttpReceiver, type HttpReceiver } from '../../stand-ins/receivers/receiver.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { startService, type RunningService } from '../support/service.ts';
import { putSample } from '../support/world.ts';

const here = eachWorld((world) => putSample(world.store));
let service: RunningService;
let other: EvidenceBoard;
let receiver: HttpReceiver;

/** As shipped, but in a hurry. */
const POLICY = `
health:
  evidence: {twoGroupsForSeconds: 1, wellForSeconds: 1}
  holdDown: {seconds: 1, growth: 1}
  probation: {steps: [{share: 0.25, seconds: 1}, {share: 1, seconds: 1}], calls: 1, failedShare: 0.1}
`;
const LONG = { timeout: 30_000 };

beforeEach(async () => {
  const file = join(here.server.dir, 'policy.yaml');
  await writeFile(file, POLICY);
  service = await startService({ redis: here.server, settings: { POLICY_FILE: file, RECEIVERS_MAY_BE_PRIVATE: 'yes' } });
  receiver = await createHttpReceiver();
  await service.ask('PUT', '/v1/receivers/ops', { kind: 'webhook', url: `${receiver.url}/webhook`, secret: receiver.secret, groupWaitSeconds: 0, groupIntervalSeconds: 1 });
  other = createEvidenceBoard({ redis: here.world.redis, system: realSystem, log: here.world.log });
  await other.start();
});
afterEach(async () => {
  await other.stop();
  await service.close();
  await receiver.close();
});

function say(claim: Claim): void {
  const at = Date.now();
  for (const group of ['alerts', 'heartbeat'] as const satisfies EvidenceGroup[]) {
    other.tell({ primary: 'pbx', source: `source/${group}/1`, group, claim, weight: 1, at, expiresAt: at + 600_000, because: `${group} says ${claim}` });
  }
}

/** What the receiver was told, in its order. */
const told = (): string[] => receiver.taken.flatMap(({ body }) => (body['data'] as { announcements: { kind: string }[] }).announcements.map(({ kind }) => kind));

interface Status {
  state: string;
  why: string;
  share?: number;
  diversion?: string;
  diagnosis?: { is: string; why: string };
  heldBack?: { action: string; brake: string };
  asked?: { action: string };
  hold?: { reason: string };
}

const status = async (): Promise<Status> => (await service.ask<{ status: Status }>('GET', '/v1/primaries/pbx')).status;
const becomes = (wanted: object) => expect.poll(status, LONG).toMatchObject(wanted);
const configure = (more: object) => service.ask('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net', ...more });

describe('automation', () => {
  test('diverts and restores by itself, and everybody can read why', async () => {
    await configure({ dependsOn: ['dc1'] });
    say('down');
    await becomes({ state: 'down', diagnosis: { is: 'primary-unreachable' }, cause: { id: 'pbx' }, why: expect.stringContaining('Ringthrough itself said so') as string });
    const { diversion = '' } = await status();
    expect(await service.ask('GET', `/v1/diversions/${diversion}`)).toMatchObject({ primary: 'pbx', started: { by: { role: 'system' } } });
    say('up');
    await becomes({ state: 'recovering' });
    await becomes({ state: 'up' });
    expect(await service.ask('GET', `/v1/diversions/${diversion}`)).toMatchObject({ ended: { by: { role: 'system' } } });
    const { items } = await service.ask<{ items: { action: string; changes: { subject: string; after: unknown }[] }[] }>('GET', '/v1/audit');
    expect(items.map(({ action }) => action)).toEqual(expect.arrayContaining(['primaries.divert', 'primaries.begin-probation', 'primaries.advance', 'primaries.restore']));
    const grounds = items.find(({ action }) => action === 'primaries.divert')?.changes.find(({ subject }) => subject === 'health/pbx')?.after;
    expect(grounds).toMatchObject({ diagnosis: 'primary-unreachable', evidence: expect.arrayContaining([expect.objectContaining({ source: 'source/alerts/1', claim: 'down' })]) as unknown });
    // That it waits before it gives calls back is told too.
    await expect.poll(() => told().filter((kind) => kind !== 'blocked'), LONG).toEqual(['started', 'restored']);
    expect((await service.request<string>('GET', '/metrics')).body).toMatch(/ringthrough_automation_total\{action="divert"\} 1/);
  });

  test('leaves alone what is held, until it is released', async () => {
    expect((await service.request('PUT', '/v1/primaries/pbx/hold', { reason: 'moving house', until: '2001-01-01T00:00:00Z' })).body).toMatchObject({ code: 'request_invalid' });
    expect((await service.request('PUT', '/v1/primaries/nobody/hold', { reason: 'x' })).body).toMatchObject({ code: 'not_found' });
    await service.ask('PUT', '/v1/primaries/pbx/hold', { reason: 'moving house' });
    say('down');
    await becomes({ state: 'up', heldBack: { action: 'divert', brake: 'hold' }, hold: { reason: 'moving house' } });
    await service.ask('DELETE', '/v1/primaries/pbx/hold');
    await becomes({ state: 'down' });
  });

  test('does nothing while it is stopped everywhere', async () => {
    expect(await service.ask('GET', '/v1/automation')).toEqual({});
    await service.ask('PUT', '/v1/automation/stop', { reason: 'a bad day' });
    expect(await service.ask('GET', '/v1/automation')).toMatchObject({ stop: { reason: 'a bad day', by: { key: 'admin' } } });
    say('down');
    await becomes({ state: 'up', heldBack: { brake: 'global-stop' } });
    await service.ask('DELETE', '/v1/automation/stop');
    await becomes({ state: 'down' });
  });

  test('asks first where somebody must agree, and does what was agreed to', async () => {
    await configure({ mode: 'confirm' });
    expect((await service.request('POST', '/v1/primaries/pbx/approve', { reason: 'yes' })).body).toMatchObject({ code: 'nothing_asked' });
    say('down');
    await becomes({ state: 'up', asked: { action: 'divert' }, heldBack: { brake: 'approval' } });
    await expect.poll(told, LONG).toEqual(['pending']);
    expect(await service.ask('POST', '/v1/primaries/pbx/refuse', { reason: 'no' })).toMatchObject({ action: 'divert' });
    await becomes({ state: 'up', heldBack: { brake: 'approval', because: expect.stringContaining('refused') as string } });
    await service.ask('POST', '/v1/primaries/pbx/approve', { reason: 'yes' });
    await becomes({ state: 'down' });
  });
});

describe('a restore in steps', () => {
  test('needs something that sees the primary, and goes its way by itself', async () => {
    await service.ask('POST', '/v1/primaries/pbx/divert', { reason: 'fire' });
    expect((await service.request('POST', '/v1/primaries/pbx/restore', { reason: 'try', how: 'steps' })).body).toMatchObject({ code: 'evidence_missing' });
    say('up');
    await becomes({ state: 'down', heldBack: { brake: 'operators-word' } });
    const restored = await service.ask('POST', '/v1/primaries/pbx/restore', { reason: 'try', how: 'steps' });
    expect(restored).toMatchObject({ state: 'recovering', changed: true });
    const { diversion } = await status();
    expect(diversion).toBe(restored['diversion']);
    await becomes({ state: 'up' });
  });
});
