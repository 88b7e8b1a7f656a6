/** Two processes that look at the same primaries: one acts, both see it; brakes, people's words, and Redis that goes and comes back. */
import { beforeEach, describe, expect, test } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Claim, Evidence, EvidenceGroup } from '../../src/domain/evidence.ts';
import { carryOut } from '../../src/diversion/divert.ts';
import { createKeeper, type Keeper } from '../../src/health/keeper.ts';
import { edit } from '../../src/store/edit.ts';
import type { Follower } from '../../src/store/follower.ts';
import type { RoutingTableHolder } from '../../src/calls/table-holder.ts';
import { realSystem } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';
import { CRM, owedEvents } from '../support/owed.ts';
import { DEED, put, putSample } from '../support/world.ts';

const here = eachWorld((world) => putSample(world.store));

interface Process {
  keeper: Keeper;
  table: RoutingTableHolder;
  follower: Follower;
  told: string[];
  /** What it believes of Redis. */
  is: 'following' | 'stale';
}

let now: number;
let looks: (() => void)[];
/** What is known of the primary, by all processes. */
let evidence: Evidence[];
let processes: Process[];

/** As shipped, but in a hurry: a minute here is a day elsewhere. */
const shipped = shippedPolicy().health;
const POLICY = { ...shipped, evidence: { ...shipped.evidence, wellForSeconds: 3 }, holdDown: { ...shipped.holdDown, seconds: 5 }, probation: { ...shipped.probation, steps: shipped.probation.steps.map(({ share }) => ({ share, seconds: 4 })) } };

const OPERATOR = { key: 'anna', role: 'operator' } as const;

async function startProcess(): Promise<Process> {
  const { table, follower } = await here.world.follow();
  const process: Process = { table, follower, told: [], is: 'following' } as unknown as Process;
  process.keeper = createKeeper({
    store: here.world.store,
    table: () => table.current,
    board: { about: (primary) => evidence.filter((one) => one.primary === primary && one.expiresAt > now) },
    looker: { self: 'one', sight: () => ({ one: 'reached' }), tried: () => undefined },
    policy: () => POLICY,
    follower: { status: () => ({ is: process.is }) },
    words: table,
    isPending: () => false,
    told: (_primary, { transition, blocked }) => process.told.push(transition?.action ?? blocked?.brake ?? ''),
    system: { ...realSystem, clock: { now: () => now }, timers: { ...realSystem.timers, every: (_ms, task) => (looks.push(task), () => undefined) } },
    log: here.world.log,
  });
  process.keeper.start();
  return process;
}

beforeEach(async () => {
  now = DEED.at;
  looks = [];
  evidence = [];
  processes = [await startProcess(), await startProcess()];
});

function claim(group: EvidenceGroup, is: Claim, primary = 'pbx'): void {
  const source = group === 'alerts' ? `source/monitoring/${primary}` : `${group}/one/${primary}`;
  evidence = [...evidence.filter((one) => one.source !== source), { primary, source, group, claim: is, weight: 1, at: now, expiresAt: now + 3_600_000, because: `${group} say ${is}` }];
}

/** Time passes, and the sources go on saying what they say. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      now += 100;
      for (const look of looks) look();
    }
    evidence = evidence.map((one) => ({ ...one, at: now, expiresAt: now + 3_600_000 }));
    if (processes.some(({ is }) => is !== 'following')) continue;
    await Promise.all(processes.map(({ keeper }) => keeper.stop()));
    const revision = await here.world.store.position();
    for (const { follower } of processes) expect(await follower.reached(revision, 5000)).toBe(true);
  }
}

const stored = async () => {
  const found = await here.world.store.find('states', 'pbx');
  return found && 'record' in found ? found.record : undefined;
};
const diversions = async () => here.world.store.findMany('diversions', await here.world.store.pageBack('diversions', undefined, 10));
const told = (): string[] => processes.flatMap((one) => one.told);
const trail = async () => (await here.world.store.audit({ before: undefined, limit: 100, customer: undefined })).map(({ entry }) => (entry.by.role === 'system' && entry.action.startsWith('primaries.') ? entry.action : '')).filter((action) => action !== '' && action !== 'primaries.put');

async function fail(): Promise<void> {
  claim('probes', 'down');
  claim('alerts', 'down');
  await pass(8);
}

describe('two processes', () => {
  test('divert once what two groups of evidence say is down, and say why', async () => {
    claim('probes', 'up');
    await pass(3);
    expect(await stored()).toBeUndefined();
    await fail();
    expect(told()).toEqual(['divert']);
    const state = await stored();
    expect(state).toMatchObject({ is: 'down', health: { state: 'down', condition: 'failing', atCarriers: false } });
    expect(await diversions()).toMatchObject([{ record: { primary: 'pbx', started: { by: { role: 'system' }, reason: expect.stringContaining('alerts say down') as string } } }]);
    for (const { table } of processes) expect(table.current.state('pbx')).toEqual(state);
    expect(await trail()).toEqual(['primaries.divert']);
  });

  test('give the calls back in steps, and end the diversion; subscribers are told each once', async () => {
    await put(here.world.store, 'subscribers', 'crm', CRM);
    await fail();
    claim('probes', 'up');
    claim('alerts', 'up');
    const shares: (number | undefined)[] = [];
    for (let second = 0; second < 90 && (await stored())?.is !== 'up'; second += 1) {
      await pass(1);
      const state = await stored();
      if (state?.share !== shares.at(-1) && state?.is === 'recovering') shares.push(state.share);
    }
    expect(shares).toEqual([0.05, 0.25, 1]);
    expect(told()).toEqual(['divert', 'quiet-period', 'begin-probation', 'advance', 'advance', 'restore']);
    expect(await stored()).toMatchObject({ is: 'up', health: { failures: [{ from: expect.any(Number) as number, to: expect.any(Number) as number }] } });
    expect((await stored())?.diversion).toBeUndefined();
    expect(await diversions()).toMatchObject([{ record: { ended: { by: { role: 'system' } } } }]);
    const events = await owedEvents(here.world.redis);
    const [id] = await here.world.store.page('diversions', undefined, 1);
    expect(events.map(({ event, data }) => (event === 'primary.state' ? [data['is'], data['share'] ?? ''].join(' ') : event))).toEqual([
      'diversion.started', 'down ', 'diversion.held-back', 'diversion.recovering', 'recovering 0.05', 'recovering 0.25', 'recovering 1', 'diversion.ended', 'up ',
    ]);
    expect(events.filter(({ event }) => event !== 'primary.state').map(({ data }) => data['diversion'])).toEqual([id, id, id, id]);
    expect(events[2]?.data).toMatchObject({ action: 'begin-probation', brake: 'quiet-period', by: 'automation', diagnosis: 'healthy' });
  });

  test('do nothing that a hold forbids, and tell it once', async () => {
    const by = { key: 'boss', role: 'admin' } as const;
    await put(here.world.store, 'states', 'pbx', { is: 'up', since: 0, hold: { by, reason: 'moving house', at: now } });
    await pass(1);
    await fail();
    await pass(20);
    expect((await stored())?.is).toBe('up');
    expect(told()).toEqual(['hold']);
    expect(await trail()).toEqual(['primaries.held-back']);
  });

  test('leave to an operator what an operator has diverted', async () => {
    await carryOut(here.world.store, { id: 'o1', primary: 'pbx', says: 'divert', at: now, by: OPERATOR, reason: 'fire', diversion: 'by-hand' });
    claim('probes', 'up');
    await pass(60);
    expect(await stored()).toMatchObject({ is: 'down', diversion: 'by-hand', override: { says: 'divert' } });
    expect(told()).toEqual(['operators-word']);
  });

  test('take a diversion for an operator\'s own once he says so, and do not end it', async () => {
    await fail();
    const open = (await stored())?.diversion;
    await carryOut(here.world.store, { id: 'o1', primary: 'pbx', says: 'divert', at: now + 1, by: OPERATOR, reason: 'stay away', diversion: 'another' });
    expect(await stored()).toMatchObject({ is: 'down', diversion: open, override: { reason: 'stay away' }, health: { atCarriers: true } });
    expect(await diversions()).toHaveLength(1);
    claim('probes', 'up');
    claim('alerts', 'up');
    await pass(60);
    expect((await stored())?.is).toBe('down');
  });
});

describe('a process without Redis', () => {
  test('turns its own answers alone, and has it written when Redis is back', async () => {
    const [one, two] = processes as [Process, Process];
    one.is = two.is = 'stale';
    await fail();
    for (const { table } of processes) expect(table.current.state('pbx').is).toBe('down');
    expect(await stored()).toBeUndefined();
    expect(told()).toEqual(['divert', 'divert']);
    one.is = two.is = 'following';
    await pass(8);
    expect(await stored()).toMatchObject({ is: 'down' });
    expect(await diversions()).toHaveLength(1);
    for (const { table } of processes) expect(table.current.state('pbx')).toEqual(await stored());
  });
});

test('a name that is edited meanwhile is no concern of it', async () => {
  await fail();
  await edit(here.world.store, { collection: 'primaries', id: 'pbx', action: 'primaries.put', change: (current) => ({ ...current!, name: 'Main' }), customerOf: () => undefined }, DEED);
  await pass(2);
  expect((await stored())?.is).toBe('down');
});
