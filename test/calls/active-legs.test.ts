/** The laws of the active legs: what is counted is what is there. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActiveLegs, type ActiveLeg } from '../../src/calls/active-legs.ts';

const call = fc.constantFrom('main:CA1', 'main:CA2', 'main:CA3', 'other:CA1', 'other:CA4');
const to = fc.constantFrom('+447400123456', '+447400123457', 'sip:desk@backup.example.net');
const number = fc.constantFrom('+442079460123', '+442079460124');
const from = fc.constantFrom('+447700900123', '+447700900124', 'anonymous');
const leg: fc.Arbitrary<ActiveLeg> = fc.record({ call, to, number, from, at: fc.nat({ max: 1000 }) });
const act = fc.oneof(
  { weight: 4, arbitrary: leg.map((value) => ({ do: 'begin' as const, leg: value })) },
  { weight: 2, arbitrary: call.map((value) => ({ do: 'end' as const, call: value })) },
  { weight: 1, arbitrary: call.map((value) => ({ do: 'close' as const, call: value })) },
  { weight: 1, arbitrary: fc.nat({ max: 1000 }).map((value) => ({ do: 'forget' as const, before: value })) },
);

const DESTINATIONS = ['+447400123456', '+447400123457', 'sip:desk@backup.example.net'];

describe('active legs', () => {
  it('are counted as a plain list of them would be', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 100 }), call, number, from, fc.nat({ max: 1000 }), (acts, asking, called, caller, since) => {
      const legs = createActiveLegs();
      const model = new Map<string, ActiveLeg>();
      const closed = new Set<string>();
      for (const one of acts) {
        if (one.do === 'begin') {
          expect(legs.begin(one.leg)).toBe(!closed.has(one.leg.call));
          if (!closed.has(one.leg.call)) model.set(one.leg.call, one.leg);
        } else if (one.do === 'forget') {
          legs.forget(one.before);
          for (const [key, { at }] of model) if (at < one.before) model.delete(key);
        } else {
          expect(legs[one.do](one.call)).toBe(model.delete(one.call));
          if (one.do === 'close') closed.add(one.call);
        }
        const counts = DESTINATIONS.map((destination) => legs.count(destination));
        expect(counts).toEqual(DESTINATIONS.map((destination) => [...model.values()].filter((other) => other.to === destination).length));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(legs.size);
      }
      const same = [...model.values()].some((other) => other.call !== asking && other.number === called && other.from === caller && other.at >= since);
      expect(legs.sameCall(asking, called, caller, since)).toBe(same);
      for (const key of model.keys()) legs.end(key);
      expect(legs.size).toBe(0);
      expect(legs.sameCall('none', called, caller, 0)).toBe(false);
    }));
  });

  it('a call that is over begins no leg any more, also after many others were closed', () => {
    const legs = createActiveLegs();
    const one = { call: 'main:CA1', to: '+447400123456', number: '+442079460123', from: '+447700900123', at: 1 };
    legs.close(one.call);
    for (let other = 0; other < 24_000; other += 1) legs.close(`main:CB${other}`);
    legs.begin(one);
    expect(legs.size).toBe(0);
  });
});
