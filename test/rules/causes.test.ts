/** One cause, not as many as have its symptoms. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { causesOf, type Diagnosed } from '../../rules/causes.ts';
import { DIAGNOSES, FAILING, type Diagnosis } from '../../src/domain/diagnosis.ts';

const bad: Diagnosis = 'primary-unreachable';
const one = (primary: string, is: Diagnosis, ...dependsOn: string[]): Diagnosed => ({ primary, is, dependsOn });
const told = (...all: Diagnosed[]): string[] => causesOf(all).map(({ cause, primaries }) => `${cause}: ${primaries.join(' ')}`);

it.each<[string, Diagnosed[], string[]]>([
  ['nothing fails', [one('a', 'healthy', 'dc1'), one('b', 'degraded', 'dc1')], []],
  ['one fails', [one('a', bad, 'dc1'), one('b', 'healthy', 'dc1')], ['a: a']],
  ['all in a data centre fail', [one('a', bad, 'dc1'), one('b', 'calls-failing', 'dc1'), one('c', 'healthy', 'dc2')], ['dc1: a b']],
  ['most in a data centre fail, and one of them is well: it is not the data centre', [one('a', bad, 'dc1'), one('b', bad, 'dc1'), one('c', 'healthy', 'dc1')], ['a: a', 'b: b']],
  ['of one nobody knows', [one('a', bad, 'dc1'), one('b', bad, 'dc1'), one('c', 'nothing-known', 'dc1')], ['dc1: a b']],
  ['a carrier that is itself a primary fails, and with it one that depends on it', [one('carrier', bad), one('a', bad, 'carrier'), one('b', 'healthy', 'carrier')], ['carrier: carrier a']],
  ['of two explanations the larger', [one('a', bad, 'dc1', 'link'), one('b', bad, 'dc1', 'link'), one('c', bad, 'dc2', 'link')], ['link: a b c']],
  ['two causes at once', [one('a', bad, 'dc1'), one('b', bad, 'dc1'), one('c', bad)], ['dc1: a b', 'c: c']],
  ['through others', [one('a', bad, 'rack1'), one('b', bad, 'rack2'), one('rack1', 'nothing-known', 'power'), one('rack2', 'nothing-known', 'power')], ['power: a b']],
  ['that go round', [one('a', bad, 'b'), one('b', bad, 'a')], ['b: b a']],
])('%s', (_name, all, expected) => {
  expect(told(...all)).toEqual(expected);
});

it('says which', () => {
  expect(causesOf([one('a', bad, 'dc1'), one('b', bad, 'dc1'), one('c', bad)]).map(({ because }) => because)).toEqual(['all 2 that depend on `dc1` fail', '`c` alone fails']);
  expect(causesOf([one('x', bad), one('a', bad, 'x')])[0]?.because).toBe('`x` fails, and 1 that depend on it');
});

it('every failing primary has exactly one cause, and no other has any', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const all = fc.uniqueArray(fc.record({ primary: id, is: fc.constantFrom(...(Object.keys(DIAGNOSES) as Diagnosis[])), dependsOn: fc.array(fc.oneof(id, fc.constantFrom('dc1', 'dc2')), { maxLength: 3 }) }), { selector: ({ primary }) => primary, maxLength: 6 });
  fc.assert(fc.property(all, (given) => {
    const explained = causesOf(given).flatMap(({ primaries }) => primaries);
    expect(explained.toSorted()).toEqual(given.filter(({ is }) => FAILING.includes(is)).map(({ primary }) => primary).toSorted());
  }), { numRuns: 300 });
});
