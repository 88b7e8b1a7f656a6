/**
 * The script, run by a real shell with a real curl against the stand-in of every carrier: after `divert` the number's routing is as the reconciler would make it, after
 * `restore` exactly as it was.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import { routingChanges, type Routing } from '../../src/carriers/api.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { waysOf, type Target } from '../../src/carriers/routing.ts';
import { CARRIER_KINDS, type Carrier } from '../../src/domain/carrier.ts';
import type { NumberRecord } from '../../src/domain/number.ts';
import { UNKNOWN_ROUTE } from '../../src/domain/route.ts';
import { packCarriers, type PackedCarrier } from '../../src/gobag/carriers.ts';
import type { BagCannot, BagNumber } from '../../src/gobag/format.ts';
import { bagGroup, bagNumber, routeOf } from '../../src/gobag/number.ts';
import { createShellIds, numberLines, SCRIPT_END, scriptHead } from '../../src/gobag/shell.ts';
import { createMarks } from '../../src/gobag/text.ts';
import type { RoutingFixture, RoutingWorld } from '../carriers/routing-contract.ts';
import { ROUTING_FIXTURES } from '../carriers/routing-fixtures.ts';
import { putScript } from './script.ts';

const RULE: NumberRecord = { customer: 'acme', primary: 'pbx', carrier: 'main', divertBy: 'number' };

const leadingTo = (targets: readonly Target[]): DesiredRoute => ({ is: 'diverted', targets, net: undefined, protected: true, dropped: [], unheeded: [] });

/** What the reconciler reads of a number. */
async function readOwn<Original>({ api, number }: RoutingWorld<Original>, ref: string, follows: readonly string[] = []): Promise<Routing> {
  return Object.fromEntries(Object.entries(await api.readRouting(ref, number)).filter(([field]) => !follows.includes(field)));
}

async function packedFor<Original>({ routing }: RoutingFixture<Original>, { carrier, api }: RoutingWorld<Original>) {
  const marks = createMarks(Buffer.from('0123456789abcdef'));
  const packed = packCarriers([{ id: 'main', carrier: { ...carrier, limits: { writesPerSecond: 1000 } }, objects: (await api.objects?.()) ?? new Map<string, string>() }], marks).get('main');
  if (!packed) throw new Error('the carrier was not packed');
  return { carrier: { ...packed, routing }, marks };
}

async function scriptFor(bagged: BagNumber | BagCannot, packed: PackedCarrier, carrier: Carrier) {
  if ('cannot' in bagged) throw new Error(`it cannot be set by hand: ${bagged.cannot}`);
  const { variable } = packed.about.auth;
  const text = scriptHead([packed], 'now') + numberLines(bagged, packed, createShellIds()) + SCRIPT_END;
  const value = carrier.credentials[packed.plain.auth.secret] ?? '';
  expect(text).not.toContain(value);
  return { script: await putScript(text), env: { [variable]: value } };
}

/** What we have moved as one. */
function describeGroup<Original>(kind: string, fixture: RoutingFixture<Original>): void {
  const { routing, originals, targets } = fixture;
  it(`${kind} that was moved is put back exactly, where requests can`, async () => {
    const world = await fixture.open();
    const ref = world.group ?? '';
    try {
      await fc.assert(fc.asyncProperty(originals, targets, async (original, target) => {
        world.set(original);
        const actual = await world.api.readRouting(ref);
        const before = structuredClone(world.held());
        const set = routing.divertedTo('group', actual, [target]);
        for (const write of routing.writes(actual, { ...actual, ...set })) await world.api.setRouting(ref, write);
        const { carrier, marks } = await packedFor(fixture, world);
        const bagged = bagGroup({ number: `@${ref}`, rule: RULE, carrier, marks }, { original: actual, set, sent: [set], confirmed: true }, ref);
        // A trunk that is led to a SIP address has an origination URL of ours, which no plain request finds; Telnyx and Vonage want all of an application with each write.
        expect(bagged === undefined).toBe(['telnyx', 'vonage'].includes(world.carrier.kind) || (ref.startsWith('TK') && target.kind === 'sip'));
        if (!bagged) return;
        const { script, env } = await scriptFor(bagged, carrier, world.carrier);
        try {
          const asked = structuredClone(world.held());
          expect((await script.run(['divert', '--yes', '--carrier', 'main'], env)).output).not.toContain('@');
          expect(world.held()).toEqual(asked);
          expect(await script.run(['restore', '--yes', 'pbx'], env)).toMatchObject({ code: 0, errors: '' });
        } finally {
          await script.close();
        }
        expect(world.held()).toEqual(before);
      }), { numRuns: 2 });
    } finally {
      await world.close();
    }
  });
}

/** A number for which the carrier asks us, as the last check saw it. */
async function wired({ api, carrier: { kind }, number }: Pick<RoutingWorld<unknown>, 'api' | 'carrier' | 'number'>, ref: string): Promise<Routing> {
  const { wiring } = CARRIER_PARTS[kind];
  const wanted = wiring?.wantedWiring({ baseUrl: 'https://calls.example.net', carrierId: 'main' }).number ?? {};
  const fields = wiring?.wiringChanges(await api.readRouting(ref, number), wanted, { takeFromTrunk: true, takeFromApplication: true }).fields ?? {};
  const { order } = Object.keys(fields).length === 0 ? {} : await api.setRouting(ref, fields);
  if (order !== undefined) await api.orderState?.(order);
  return api.readRouting(ref, number);
}

function describeByHand<Original>(kind: string, fixture: RoutingFixture<Original>): void {
  if (fixture.unit === 'group') return describeGroup(kind, fixture);
  const { routing, originals, targets } = fixture;
  describe(kind, () => {
    it('is diverted, and put back exactly', async () => {
      const world = await fixture.open();
      try {
        const ref = (await world.api.findNumber(world.number ?? ''))?.ref ?? '';
        world.atOnce?.();
        await fc.assert(fc.asyncProperty(originals, fc.array(targets, { minLength: 1, maxLength: routing.abilities.most }), async (original, [first, ...more]) => {
          if (!first) return;
          world.set(original);
          const actual = await readOwn(world, ref, routing.follows);
          const before = structuredClone(world.held());
          const wanted = { ...actual, ...routing.divertedTo('number', actual, [first, ...more]) };
          const { carrier, marks } = await packedFor(fixture, world);
          const route = { ...UNKNOWN_ROUTE, ref, seen: actual };
          const bagged = bagNumber({ number: world.number ?? '', rule: RULE, route, group: undefined, wanted: leadingTo([first, ...more]), carrier, marks });
          const { script, env } = await scriptFor(bagged, carrier, world.carrier);
          try {
            for (const [says, state] of [['divert', wanted], ['restore', actual]] as const) {
              const ran = await script.run([says, '--yes'], env);
              expect([ran.code, ran.errors, ran.output]).toEqual([0, '', expect.stringContaining('1 of 1 numbers done, 0 failed')]);
              expect(routingChanges(await readOwn(world, ref, routing.follows), state)).toEqual([]);
            }
          } finally {
            await script.close();
          }
          expect(world.held()).toEqual(before);
        }), { numRuns: 2 });
      } finally {
        await world.close();
      }
    });

    it('is diverted when the carrier asks us for each call, and asks us again afterwards', async () => {
      const world = await fixture.open();
      try {
        const ref = (await world.api.findNumber(world.number ?? ''))?.ref ?? '';
        world.atOnce?.();
        const seen = await wired(world, ref);
        // Of Telnyx: by now it is on an application, and what leads it elsewhere is another.
        const [target] = waysOf(routing, seen).number.includes('web') ? [{ kind: 'web', url: 'https://net.example/?n=1' } as const] : fc.sample(targets, { numRuns: 1, seed: 7 });
        if (!target) return;
        const before = structuredClone(world.held());
        const { carrier, marks } = await packedFor(fixture, world);
        const bagged = bagNumber({ number: world.number ?? '', rule: { ...RULE, divertBy: 'call' }, route: routeOf({ ref, routing: seen }, routing), group: undefined, wanted: leadingTo([target]), carrier, marks });
        const { script, env } = await scriptFor(bagged, carrier, world.carrier);
        try {
          expect(await script.run(['divert', '--yes'], env)).toMatchObject({ code: 0, errors: '' });
          expect(routing.leadsTo(await world.api.readRouting(ref, world.number))).toMatchObject({ kind: target.kind });
          expect(await script.run(['restore', '--yes'], env)).toMatchObject({ code: 0, errors: '' });
        } finally {
          await script.close();
        }
        expect(await world.api.readRouting(ref, world.number)).toEqual(seen);
        expect(world.held()).toEqual(before);
      } finally {
        await world.close();
      }
    });
  });
}

for (const kind of CARRIER_KINDS) ROUTING_FIXTURES[kind](kind, describeByHand);
