/**
 * What holds at every carrier when a number, or what many numbers share, is diverted, armed and put back, against its stand-in over real HTTP: over
 * random originals, targets, foreign edits and answers that never come. Each kind of carrier has one line in ROUTING_FIXTURES (routing-fixtures.ts).
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routingChanges, type CarrierApi, type HeldNumber, type Routing, type Send } from '../../src/carriers/api.ts';
import type { CarrierRouting, Target, Unit } from '../../src/carriers/routing.ts';
import type { Carrier } from '../../src/domain/carrier.ts';
import { codeOf } from '../../src/domain/errors.ts';
import type { Faults } from '../../stand-ins/faults.ts';

/** The stand-ins show no more numbers than these on one page. */
export const MOST_OF_A_PAGE = 2;

/** Requests that are left hanging are given up after this; everything else is answered far sooner. */
export const PATIENCE_MS = 1000;

export interface RoutingWorld<Original> {
  /** The record of the account. */
  carrier: Carrier;
  /** From now on what would be carried out later is, at the first look at its order. */
  atOnce?(): void;
  /** Gives up after PATIENCE_MS. */
  api: CarrierApi;
  /** The number that the account holds, E.164; undefined when it is a group that is moved. */
  number: string | undefined;
  /** The group's id; a number's is looked for. */
  group?: string;
  faults: Faults;
  /** Of numbers: puts as many more into the account as are not shown on one page. E.164. */
  more?(): readonly string[];
  /** Sets it at the carrier itself, as people do in its portal. */
  set(original: Original): void;
  /** All that a restore must give back, as the carrier itself has it. */
  held(): unknown;
  close(): Promise<void>;
}

export interface RoutingFixture<Original> {
  routing: CarrierRouting;
  /** Default: a number. */
  unit?: Unit;
  open(): Promise<RoutingWorld<Original>>;
  originals: fc.Arbitrary<Original>;
  /** An id as such groups have it. */
  groupLike?: string;
  /** Only such as the carrier takes. */
  targets: fc.Arbitrary<Target>;
}

interface Number<Original> extends RoutingWorld<Original> {
  ref: string;
  read(): Promise<Routing>;
  /** Leads the number to these fields, write by write; each is carried out, and read back by the caller. */
  lead(wanted: Routing): Promise<void>;
}

/** An order is asked for until it is done: one that is not after this many times never will be. */
const MOST_QUESTIONS = 100;

async function carryOut({ api }: { api: CarrierApi }, ref: string, fields: Routing): Promise<void> {
  const { order } = await api.setRouting(ref, fields);
  if (order === undefined) return;
  for (let asked = 0; asked < MOST_QUESTIONS; asked += 1) {
    const state = await api.orderState?.(order);
    if (state?.is === 'done') return;
    if (state?.is !== 'working') throw new Error(`the order failed: ${JSON.stringify(state)}`);
  }
  throw new Error('the order was never carried out');
}

async function withNumber<Original>(fixture: RoutingFixture<Original>, task: (here: Number<Original>) => Promise<void>): Promise<void> {
  const world = await fixture.open();
  try {
    const ref = world.group ?? (await world.api.findNumber(world.number ?? ''))?.ref ?? '';
    const read = () => world.api.readRouting(ref, world.number);
    await task({
      ...world, ref, read,
      async lead(wanted) {
        for (const write of fixture.routing.writes(await read(), wanted)) await carryOut(world, ref, write);
      },
    });
  } finally {
    await world.close();
  }
}

const copy = (value: unknown): unknown => structuredClone(value);

function describeDiversion<Original>({ routing, originals, targets, unit = 'number', ...fixture }: RoutingFixture<Original>): void {
  const { most } = routing.abilities;
  const lists = fc.array(targets, { minLength: 1, maxLength: most }).map(([first, ...more]) => [first as Target, ...more] as const);
  const each = (task: (here: Number<Original>, original: Original, wanted: readonly [Target, ...Target[]], other: Original, later: readonly [Target, ...Target[]]) => Promise<void>, numRuns: number) =>
    withNumber({ routing, originals, targets, ...fixture }, (here) => fc.assert(fc.asyncProperty(originals, lists, originals, lists, (...values) => task(here, ...values)), { numRuns }));

  it('what is diverted, and diverted elsewhere, is put back exactly as it was', () => each(async (here, original, first, _other, later) => {
    here.set(original);
    const [before, actual] = [copy(here.held()), await here.read()];
    for (const list of [first, later]) {
      const wanted = routing.divertedTo(unit, actual, list);
      expect(Object.keys(wanted)).not.toEqual([]);
      await here.lead(wanted);
      expect(routingChanges(await here.read(), wanted)).toEqual([]);
      expect(routing.writes(await here.read(), wanted)).toEqual([]);
    }
    await here.lead(actual);
    expect(await here.read()).toEqual(actual);
    expect(here.held()).toEqual(before);
  }, 25));

  it('what others change while it is diverted is seen', () => each(async (here, original, list, other) => {
    here.set(other);
    const theirs = await here.read();
    here.set(original);
    const wanted = routing.divertedTo(unit, await here.read(), list);
    await here.lead(wanted);
    here.set(other);
    expect(await here.read()).toEqual(theirs);
  }, 15));

  it('whichever answer never comes, it is diverted once it is tried again, and put back exactly', () => each(async (here, original, list) => {
    here.set(original);
    const [before, actual] = [copy(here.held()), await here.read()];
    const wanted = routing.divertedTo(unit, actual, list);
    // One after the other, each of the requests that it takes is done without an answer.
    for (let quiet = 0; ; quiet += 1) {
      if (quiet > 0) here.faults.next(quiet, 'none');
      here.faults.next(1, 'accept-then-hang');
      const failure = await here.lead(wanted).then(() => undefined, codeOf);
      here.faults.clear();
      if (failure === undefined) break;
      expect(['carrier_outcome_unknown', 'carrier_unavailable']).toContain(failure);
      await here.lead(wanted);
      expect(routingChanges(await here.read(), wanted)).toEqual([]);
      await here.lead(actual);
      expect(here.held()).toEqual(before);
    }
  }, 1));
}

function describeSafetyNet<Original>({ routing, originals, targets, unit = 'number', ...fixture }: RoutingFixture<Original>): void {
  it('the safety net is armed, moved, taken away, and what was there put back, and calls go where they went', () => withNumber({ routing, originals, targets, ...fixture }, (here) =>
    fc.assert(fc.asyncProperty(originals, targets, targets, async (original, first, second) => {
      here.set(original);
      const [before, actual] = [copy(here.held()), await here.read()];
      const touched: Record<string, string> = {};
      for (const target of [first, second, undefined]) {
        const wanted = routing.armed(unit, actual, target);
        expect(Object.keys(wanted)).not.toEqual([]);
        await here.lead(wanted);
        const now = await here.read();
        expect(routingChanges(now, wanted)).toEqual([]);
        Object.assign(touched, wanted);
        expect({ ...now, ...touched }).toEqual({ ...actual, ...touched });
      }
      await here.lead(actual);
      expect(here.held()).toEqual(before);
    }), { numRuns: 15 })));
}

async function listed({ api }: { api: CarrierApi }, send: Send = (request) => request()): Promise<readonly HeldNumber[]> {
  const all: HeldNumber[] = [];
  for await (const page of api.listNumbers?.(send) ?? []) all.push(...page);
  return all;
}

function describeList<Original>({ routing, originals, targets, unit = 'number', ...fixture }: RoutingFixture<Original>): void {
  const each = (task: (here: Number<Original>, numbers: readonly string[]) => Promise<void>) => withNumber({ routing, originals, targets, ...fixture }, async (here) => {
    const [original] = fc.sample(originals, { numRuns: 1, seed: 1 });
    here.set(original as Original);
    await task(here, [here.number ?? '', ...(here.more?.() ?? [])]);
  });

  it('the numbers that the account holds are listed to the last page, each as it is found by itself', () => each(async (here, numbers) => {
    const all = await listed(here);
    expect(all.map(({ number }) => number).toSorted()).toEqual(numbers.toSorted());
    for (const { number, ...held } of all) {
      expect(held).toEqual(await here.api.findNumber(number));
      expect(routing.knows?.(number) ?? true).toBe(true);
    }
  }));

  it('a list goes on after a request that failed, and ends with a failure that stays', () => each(async (here, numbers) => {
    let sent = 0;
    const patient: Send = async (request) => {
      sent += 1;
      here.faults.next(1, 'broken');
      expect(await request().then(() => undefined, codeOf)).toBe('carrier_unavailable');
      return request();
    };
    expect((await listed(here, patient)).map(({ number }) => number).toSorted()).toEqual(numbers.toSorted());
    // The last of the pages is as good as the first.
    let left = sent - 1;
    const failure = await listed(here, (request) => {
      if (left === 0) here.faults.next(1, 'throttled');
      left -= 1;
      return request();
    }).then(() => undefined, codeOf);
    here.faults.clear();
    expect(failure).toBe('carrier_throttled');
  }));

  it('wherever calls are led, it is seen', () => withNumber({ routing, originals, targets, ...fixture }, (here) => fc.assert(fc.asyncProperty(originals, targets, async (original, target) => {
    here.set(original);
    await here.lead(routing.divertedTo(unit, await here.read(), [target]));
    expect(routing.leadsTo(await here.read())).toEqual({ kind: target.kind, to: target.kind === 'phone' ? target.number : target.kind === 'sip' ? target.uri : target.url });
  }), { numRuns: 10 })));
}

export function describeRouting<Original>(kind: string, fixture: RoutingFixture<Original>): void {
  // Most of their time they wait for an answer that never comes.
  describe.concurrent(`the routing of ${kind}`, () => {
    const { abilities } = fixture.routing;
    it('is diverted to targets of the kinds that it names, and of no others', () => {
      fc.assert(fc.property(fixture.targets, (target) => {
        expect(fixture.unit === 'group' ? abilities.group?.targets : abilities.number).toContain(target.kind);
        expect(fixture.routing.takes?.(target, fixture.groupLike) ?? true).toBe(true);
      }));
    });
    if (fixture.unit === 'group' || abilities.number.length > 0) describeDiversion(fixture);
    const nets = fixture.unit === 'group' ? (abilities.group?.safetyNet ?? []) : abilities.safetyNet;
    if (nets.length > 0) describeSafetyNet(fixture);
    if (fixture.unit !== 'group') describeList(fixture);
  });
}
