/** What a process knows of evidence does not depend on the order in which it heard it, nor on how often. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { createEvidenceTable, type Told } from '../../src/health/evidence-table.ts';

const NOW = 1_700_000_000_000;
const SOURCES = ['probe/a/1', 'probe/b/1', 'source/am/7'];

/** Words of which no two of one source are of the same moment, in the past or up to a second ahead. */
const words = fc
  .uniqueArray(fc.record({ source: fc.constantFrom(...SOURCES), age: fc.integer({ min: -1000, max: 20_000 }), lasts: fc.integer({ min: 1, max: 15_000 }), claim: fc.constantFrom('up', 'down', 'withdrawn') }), { maxLength: 12, selector: ({ source, age }) => `${source} ${age}` })
  .map((all) =>
    all.map(({ source, age, lasts, claim }): Told => {
      const common = { primary: 'pbx', source, at: NOW - age, expiresAt: NOW - age + lasts };
      return claim === 'withdrawn' ? { ...common, withdrawn: true } : { ...common, group: 'probes', claim: claim as Evidence['claim'], weight: 0.8, because: 'answered 200 to OPTIONS' };
    }),
  );

test('any order, losses made up for and doubles end in the same: of each source the newest that holds', () => {
  fc.assert(
    fc.property(words.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }))), ([all, heard]) => {
      const table = createEvidenceTable(() => NOW);
      for (const told of heard) table.hear(told);
      const newest = SOURCES.flatMap((source) => all.filter((told) => told.source === source).sort((one, other) => other.at - one.at).slice(0, 1));
      const expected = newest.filter((told) => !('withdrawn' in told) && told.expiresAt > NOW).sort((one, other) => other.at - one.at);
      expect(table.about('pbx').map(({ at }) => at)).toEqual(expected.map(({ at }) => at));
      table.sweep();
      expect(table.about('pbx')).toHaveLength(expected.length);
    }),
    { numRuns: 300 },
  );
});

test('its own words count in the order in which they are said, whatever its clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ claim: fc.constantFrom<Evidence['claim']>('up', 'down'), turned: fc.integer({ min: -60_000, max: 60_000 }) }), { minLength: 1, maxLength: 10 }), (said) => {
      let now = NOW;
      const table = createEvidenceTable(() => now);
      for (const { claim, turned } of said) {
        now += turned;
        table.say({ primary: 'pbx', source: 'probe/a/1', group: 'probes', claim, weight: 0.8, at: now, expiresAt: now + 10_000, because: 'seen' });
        expect(table.about('pbx').map((one) => one.claim)).toEqual([claim]);
      }
    }),
    { numRuns: 100 },
  );
});

test('what is said in one millisecond is in order for others too, whatever they hear of it', () => {
  const [one, other] = [createEvidenceTable(() => NOW), createEvidenceTable(() => NOW)];
  const common = { primary: 'pbx', source: 'source/am/7', at: NOW, expiresAt: NOW + 1000 };
  const opened = one.say({ ...common, group: 'alerts', claim: 'down', weight: 0.5, because: 'an alert fires' });
  const closed = one.say({ ...common, withdrawn: true });
  for (const told of [closed, opened]) for (const table of [one, other]) table.hear(told);
  expect([one.about('pbx'), other.about('pbx')]).toEqual([[], []]);
});
