/** What a routing at a carrier should be: examples to read, then what holds for every number, plan and carrier. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredRoute, routeIfDown, type RoutingFacts } from '../../rules/desired-route.ts';
import type { Target, TargetKind } from '../../src/domain/target.ts';
import { callFacts, DESK, down, facts as callOf, MOBILE, NUMBER, PBX, planOf, SECOND, up } from './facts.ts';

const OWN = 'https://calls.example.net/webhooks/main/voice';

function facts(more: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    number: NUMBER,
    primary: { id: 'pbx', settings: PBX, state: down },
    plan: planOf([{ to: MOBILE }, { to: DESK }, { to: 'voicemail' }]),
    can: ['phone'],
    net: ['phone'],
    takes: () => true,
    most: 1,
    ownAddress: undefined,
    refusedBy: () => undefined,
    primaryOf: () => undefined,
    ...more,
  };
}

const inPlan = (...destinations: Parameters<typeof planOf>[0]) => ({ plan: planOf(destinations) });

describe('a routing at a carrier', () => {
  it('is as it was while the primary takes its calls, with the first usable destination as the safety net', () => {
    const { is, targets, net } = desiredRoute(facts({ primary: { id: 'pbx', settings: PBX, state: up } }));
    expect({ is, targets, net }).toEqual({ is: 'original', targets: [], net: { kind: 'phone', number: MOBILE } });
  });

  it('goes to the first destination that the carrier can be told, and says what it leaves out', () => {
    expect(desiredRoute(facts())).toEqual({
      is: 'diverted',
      targets: [{ kind: 'phone', number: MOBILE }],
      net: undefined,
      protected: true,
      dropped: [{ to: DESK, why: 'carrier-cannot' }, { to: 'voicemail', why: 'carrier-cannot' }],
      unheeded: [],
    });
  });

  it('has as many targets as the carrier holds, in the order of the plan', () => {
    const { targets, dropped } = desiredRoute(facts({ can: ['phone', 'sip'], most: 2, ...inPlan({ to: DESK }, { to: MOBILE }, { to: SECOND }) }));
    expect(targets).toEqual([{ kind: 'sip', uri: DESK }, { kind: 'phone', number: MOBILE }]);
    expect(dropped).toEqual([{ to: SECOND, why: 'no-room' }]);
  });

  it('leads to our own address where the carrier can be told nothing else, and the whole plan holds', () => {
    const ownAddress = 'https://calls.example.net/webhooks/main/voice';
    expect(desiredRoute(facts({ can: ['web'], ownAddress }))).toMatchObject({ is: 'diverted', targets: [{ kind: 'web', url: ownAddress }], dropped: [], unheeded: [] });
    expect(desiredRoute(facts({ can: ['phone', 'web'], ownAddress })).targets).toEqual([{ kind: 'phone', number: MOBILE }]);
    expect(desiredRoute(facts({ can: ['phone', 'web'], ownAddress, ...inPlan({ to: 'voicemail' }) })).targets).toEqual([{ kind: 'web', url: ownAddress }]);
    expect(desiredRoute(facts({ can: ['web'] })).is).toBe('no-plan');
  });

  it('heeds neither hours nor capacity nor screening, and says so; but nothing that never opens', () => {
    const plan = inPlan({ to: SECOND, hours: 'off' }, { to: DESK, hours: 'whenever' }, { to: MOBILE, hours: 'Mo-Fr 09:00-17:00', maxCalls: 1, screen: true });
    const { targets, dropped, unheeded } = desiredRoute(facts({ can: ['phone', 'sip'], ...plan }));
    expect(targets).toEqual([{ kind: 'phone', number: MOBILE }]);
    expect(dropped).toEqual([{ to: SECOND, why: 'closed' }, { to: DESK, why: 'invalid-hours' }]);
    expect(unheeded).toEqual([{ to: MOBILE, what: 'hours' }, { to: MOBILE, what: 'capacity' }, { to: MOBILE, what: 'screening' }]);
  });

  it('goes nowhere that a call would not: itself, what the policy refuses, what falls with the primary, what comes after a voicemail', () => {
    const own = `sip:${NUMBER}@pbx.example.net`;
    const plan = inPlan({ to: NUMBER }, { to: MOBILE }, { to: own }, { to: 'voicemail' }, { to: SECOND });
    expect(desiredRoute(facts({ can: ['phone', 'sip'], ...plan, refusedBy: (to) => (to === MOBILE ? 'prefix' : undefined) }))).toEqual({
      is: 'no-plan',
      targets: [],
      net: undefined,
      protected: false,
      dropped: [{ to: NUMBER, why: 'itself' }, { to: MOBILE, why: 'policy', rule: 'prefix' }, { to: own, why: 'primary-down' }, { to: SECOND, why: 'after-the-end' }, { to: 'voicemail', why: 'carrier-cannot' }],
      unheeded: [],
    });
  });

  it('has no net that falls with the primary', () => {
    const { net } = desiredRoute(facts({ primary: { id: 'pbx', settings: PBX, state: up }, net: ['phone', 'sip'], ...inPlan({ to: `sip:${NUMBER}@pbx.example.net` }, { to: MOBILE }) }));
    expect(net).toEqual({ kind: 'phone', number: MOBILE });
  });

  it('is caught by a document that others keep, where the carrier takes documents alone; and says so when nothing catches it', () => {
    const document = (target: Target): Target | undefined => (target.kind === 'phone' ? { kind: 'web', url: `https://net.example/${target.number}` } : undefined);
    const peace = { primary: { id: 'pbx', settings: PBX, state: up }, can: ['web'], net: ['web'], ownAddress: OWN } as const;
    const gone = (more: Partial<RoutingFacts>) => desiredRoute(facts({ ...peace, ...more }));
    expect(gone({ document })).toMatchObject({ net: { kind: 'web', url: `https://net.example/${MOBILE}` } });
    expect(gone({ document }).uncaught).toBeUndefined();
    expect(gone({ document, ...inPlan({ to: DESK }, { to: SECOND }) }).net).toEqual({ kind: 'web', url: `https://net.example/${SECOND}` });
    expect([gone({}), gone({ document, ...inPlan({ to: 'voicemail' }) }), gone({ net: [] })].map(({ net, uncaught }) => [net, uncaught])).toEqual([[undefined, 'no-document'], [undefined, 'no-destination'], [undefined, 'carrier-cannot']]);
    expect(gone({ document, takes: ({ kind }) => kind !== 'web' }).uncaught).toBe('no-document');
  });

  it('leads to such a document only where there is no address of ours: of that, the whole plan holds', () => {
    const document = (): Target => ({ kind: 'web', url: 'https://net.example/' });
    expect(desiredRoute(facts({ can: ['web'], document, ownAddress: OWN })).targets).toEqual([{ kind: 'web', url: OWN }]);
    expect(desiredRoute(facts({ can: ['web'], document }))).toMatchObject({ targets: [{ kind: 'web', url: 'https://net.example/' }], dropped: [{ to: DESK, why: 'no-room' }, { to: 'voicemail', why: 'carrier-cannot' }] });
  });

  it('is caught by our own address where the carrier can be told nothing else', () => {
    const ownNet = 'https://calls.example.net/webhooks/main/recovery';
    const peace = { primary: { id: 'pbx', settings: PBX, state: up }, ownNet };
    expect(desiredRoute(facts({ ...peace, net: ['web'] }))).toMatchObject({ net: { kind: 'web', url: ownNet }, uncaught: 'no-document' });
    const document = (): Target => ({ kind: 'web', url: 'https://net.example/' });
    expect(desiredRoute(facts({ ...peace, net: ['web'], document })).net).toEqual(document());
    expect(desiredRoute(facts({ ...peace, net: ['phone', 'web'] })).net).toEqual({ kind: 'phone', number: MOBILE });
    expect(desiredRoute(facts({ ...peace, net: ['web'], plan: undefined })).net).toBeUndefined();
    expect(desiredRoute(facts({ ...peace, net: [] })).net).toBeUndefined();
  });

  it('can be told before the primary has failed', () => {
    expect(routeIfDown(facts({ primary: { id: 'pbx', settings: PBX, state: up } }))).toEqual(desiredRoute(facts()));
    expect(routeIfDown(facts({ primary: undefined })).is).toBe('original');
  });

  it('without a plan has nowhere to go, and without a primary is left as it was', () => {
    expect(desiredRoute(facts({ plan: undefined })).is).toBe('no-plan');
    expect(desiredRoute(facts({ primary: undefined })).is).toBe('original');
  });
});

const KINDS: readonly TargetKind[] = ['phone', 'sip', 'web'];
const anyFacts: fc.Arbitrary<RoutingFacts> = fc
  .record({ call: callFacts, can: fc.subarray([...KINDS]), net: fc.subarray([...KINDS]), foreign: fc.boolean(), most: fc.integer({ min: 1, max: 4 }), own: fc.boolean() })
  .map(({ call, can, net, foreign, most, own }) => ({ ...callOf({}, call), primary: call.route?.primary, plan: call.route?.plan, can, net, takes: (target) => target.kind !== 'phone' || !foreign || target.number !== MOBILE, most, ownAddress: own ? OWN : undefined, ownNet: own ? OWN : undefined }));

describe('for every number, plan and carrier', () => {
  const textOf = (target: { kind: string; number?: string; uri?: string; url?: string }): string => target.number ?? target.uri ?? target.url ?? '';

  it('targets are few enough, of kinds that it can, and such as a call could go to', () => {
    fc.assert(fc.property(anyFacts, (given) => {
      const { is, targets, net } = desiredRoute(given);
      expect(targets.length > 0).toBe(is === 'diverted');
      expect(targets.length).toBeLessThanOrEqual(given.most);
      for (const target of targets) {
        expect(given.can).toContain(target.kind);
        expect(given.takes(target)).toBe(true);
      }
      if (net) expect(given.net).toContain(net.kind);
      for (const to of [...targets, ...(net ? [net] : [])].map(textOf)) {
        expect(to).not.toBe(NUMBER);
        expect(given.refusedBy(to)).toBeUndefined();
        expect(to).not.toMatch(/pbx\.example\.net/i);
        if (given.primary) expect(given.primaryOf(to)).not.toBe(given.primary.id);
      }
      expect(is !== 'original').toBe(given.primary?.state.is === 'down' || given.primary?.state.is === 'recovering');
      // Whether it has somewhere to go is known before it must.
      if (given.primary) expect(desiredRoute({ ...given, primary: { ...given.primary, state: up } }).protected).toBe(desiredRoute({ ...given, primary: { ...given.primary, state: down } }).is === 'diverted');
    }));
  });

  it('every destination of a diverted number is a target or dropped, unless our own address has the plan', () => {
    fc.assert(fc.property(anyFacts, (given) => {
      const { is, targets, dropped } = desiredRoute(given);
      if (is === 'original' || targets.some(({ kind }) => kind === 'web')) return;
      const all = (given.plan?.plan.destinations ?? []).map(({ to }) => to).sort();
      expect([...targets.map(textOf), ...dropped.map(({ to }) => to)].sort()).toEqual(all);
    }));
  });

  it('targets keep the order of the plan', () => {
    fc.assert(fc.property(anyFacts, (given) => {
      const order = (given.plan?.plan.destinations ?? []).map(({ to }) => to);
      let from = 0;
      for (const to of desiredRoute(given).targets.map(textOf).filter((to) => to !== OWN)) {
        const at = order.indexOf(to, from);
        expect(at).toBeGreaterThanOrEqual(from);
        from = at + 1;
      }
    }));
  });
});
