/** When numbers that one write moves together may be moved together: examples to read, then what holds for all. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import { sharedRoute, type Sharing } from '../../rules/shared-route.ts';

const told = { dropped: [], unheeded: [] };
const UP: DesiredRoute = { is: 'original', targets: [], net: undefined, protected: true, ...told };
const toMobile: DesiredRoute = { is: 'diverted', targets: [{ kind: 'phone', number: '+447400123456' }], net: undefined, protected: true, ...told };
const toDesk: DesiredRoute = { ...toMobile, targets: [{ kind: 'sip', uri: 'sip:desk@backup.example.net' }] };
const nowhere: DesiredRoute = { is: 'no-plan', targets: [], net: undefined, protected: false, ...told };

let last = 0;
const one = (asks: Partial<NonNullable<Sharing['asks']>> = {}): Sharing => ({ number: `+${(last += 1)}`, asks: { primary: 'pbx', route: UP, ifDown: toMobile, ...asks } });
const silent = (): Sharing => ({ number: `+${(last += 1)}`, asks: undefined });

describe('numbers that one write moves together', () => {
  it('are moved together when all want the same of the same primary', () => {
    expect(sharedRoute([one(), one({ route: { ...UP, dropped: [{ to: 'voicemail', why: 'carrier-cannot' }] } })])).toEqual({ route: UP });
    expect(sharedRoute([one({ route: toMobile })])).toEqual({ route: toMobile });
  });

  it('have a safety net that all of them want, or the one that fits all', () => {
    const [net, own] = [{ kind: 'web', url: 'https://net.example/one' }, { kind: 'web', url: 'https://calls.example.net/recovery' }] as const;
    const caught: DesiredRoute = { ...UP, net };
    expect(sharedRoute([one({ route: caught }), one({ route: caught })], own)).toEqual({ route: caught });
    expect(sharedRoute([one({ route: caught }), one({ route: UP })], own)).toEqual({ route: { ...UP, net: own } });
    expect(sharedRoute([one({ route: caught }), one({ route: UP })])).toEqual({ route: UP });
  });

  it('are not when one of them did not ask for it', () => {
    const foreign = silent();
    expect(sharedRoute([one(), foreign, one(), silent()])).toEqual({ mixed: { why: 'not-asked', number: foreign.number, count: 2 } });
    expect(sharedRoute([])).toEqual({ mixed: { why: 'not-asked', count: 0 } });
  });

  it('are not when they have different primaries, or would go elsewhere once those have failed; told by those that are fewer', () => {
    const other = one({ primary: 'dc2' });
    expect(sharedRoute([other, one(), one()])).toEqual({ mixed: { why: 'primaries', number: other.number, count: 1 } });
    const desk = one({ ifDown: toDesk });
    expect(sharedRoute([one(), desk, one()])).toEqual({ mixed: { why: 'routes', number: desk.number, count: 1 } });
    const lost = one({ ifDown: nowhere });
    expect(sharedRoute([one(), one(), lost])).toEqual({ mixed: { why: 'routes', number: lost.number, count: 1 } });
  });
});

it('for all: a route is that of each, and none is had with one that did not ask', () => {
  const route = fc.constantFrom(UP, toMobile, toDesk, nowhere);
  const asks = fc.option(fc.record({ primary: fc.constantFrom('pbx', 'dc2'), route, ifDown: route }), { nil: undefined, freq: 4 });
  fc.assert(fc.property(fc.array(fc.record({ number: fc.uuid(), asks }), { maxLength: 6 }), (members) => {
    const verdict = sharedRoute(members);
    if ('route' in verdict) {
      expect(members.length).toBeGreaterThan(0);
      for (const member of members) expect(member.asks).toMatchObject({ route: verdict.route, primary: members[0]?.asks?.primary, ifDown: members[0]?.asks?.ifDown });
    } else {
      expect(verdict.mixed.count).toBeLessThanOrEqual(members.length);
      if (verdict.mixed.number !== undefined) expect(members.map(({ number }) => number)).toContain(verdict.mixed.number);
    }
  }));
});
