/** What the go-bag has set while we were gone is not taken for what was there before: it is put back to that. */
import { describe, expect, it } from 'vitest';
import type { Routing } from '../../src/carriers/api.ts';
import type { Target } from '../../src/carriers/routing.ts';
import { nextMove, type Wanted } from '../../src/diversion/next-write.ts';
import { UNKNOWN_ROUTE, type Route } from '../../src/domain/route.ts';
import { modelRouting, PEACE } from './model-carrier.ts';

const BACKUP: Target = { kind: 'phone', number: '+447400123456' };
const OTHER: Target = { kind: 'phone', number: '+447400123457' };
const route = { net: undefined, protected: true, dropped: [], unheeded: [] };
const peace: Wanted = { route: { ...route, is: 'original', targets: [] }, diversion: undefined, byHand: [BACKUP] };
const diverted = (target: Target): Wanted => ({ route: { ...route, is: 'diverted', targets: [target] }, diversion: 'd1', byHand: [BACKUP] });

const look = (record: Route, wanted: Wanted, actual: Routing) => nextMove(record, wanted, actual, modelRouting, 'number');
const BY_HAND = { ...PEACE, ...modelRouting.divertedTo('number', PEACE, [BACKUP]) };
const known = look(UNKNOWN_ROUTE, peace, PEACE).record;

describe('a number that was set by hand', () => {
  it('keeps what was seen before, as long as it is so', () => {
    expect(known.seen).toEqual(PEACE);
    const { record, writes } = look(known, peace, BY_HAND);
    expect([record.seen, writes]).toEqual([PEACE, []]);
    expect(look(record, peace, PEACE).record.seen).toEqual(PEACE);
  });

  it.each([['where it leads already', BACKUP], ['elsewhere', OTHER]])('and is diverted %s is put back to that', (_where, target) => {
    let { record } = look(known, peace, BY_HAND);
    let actual = BY_HAND;
    const settle = (wanted: Wanted): void => {
      for (let count = 0; count < 10; count += 1) {
        const move = look(record, wanted, actual);
        record = move.record;
        if (move.writes.length === 0) return;
        actual = { ...actual, ...move.writes[0] };
      }
    };
    settle(diverted(target));
    expect([record.is, actual['forward']]).toEqual(['diverted', target.kind === 'phone' && target.number]);
    settle(peace);
    expect([record.is, actual]).toEqual(['in step', PEACE]);
  });
});

describe('what others change', () => {
  it.each<[string, Routing]>([
    ['of the same fields, to another', { forward: '+441632960000' }], ['in part', { forward: BACKUP.kind === 'phone' ? BACKUP.number : '' }],
    ['besides', { ...modelRouting.divertedTo('number', PEACE, [BACKUP]), backup: '+441632960000' }],
  ])('%s, is theirs', (_what, fields) => {
    const theirs = { ...PEACE, ...fields };
    expect(look(known, peace, theirs).record.seen).toEqual(theirs);
    expect(look(look(known, peace, theirs).record, diverted(OTHER), theirs).record.divert?.original).toEqual(theirs);
  });
});
