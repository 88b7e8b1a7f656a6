/** Whose word holds, of two operators who could not hear of each other. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdsOver, wordOf, type Word } from '../../rules/operators-word.ts';

const divert = (at: number): Word => ({ says: 'divert', at });
const restore = (at: number): Word => ({ says: 'restore', at });

test.each<[string, Word, Word | undefined, boolean]>([
  ['the first word', divert(5), undefined, true],
  ['a later divert, over a restore', divert(6), restore(5), true],
  ['a later restore, over a divert', restore(6), divert(5), true],
  ['an earlier divert, not over a restore', divert(4), restore(5), false],
  ['an earlier restore, not over a divert', restore(4), divert(5), false],
  ['of the same moment, divert', divert(5), restore(5), true],
  ['of the same moment, not restore', restore(5), divert(5), false],
  ['the same word of the same moment, not again', divert(5), divert(5), false],
])('%s', (_name, word, before, holds) => {
  expect(holdsOver(word, before)).toBe(holds);
});

const words = fc.array(fc.record({ says: fc.constantFrom<Word['says'][]>('divert', 'restore'), at: fc.integer({ min: 0, max: 5 }) }), { minLength: 1, maxLength: 8 });
const lastOf = (all: readonly Word[]): Word | undefined => all.reduce<Word | undefined>((held, word) => (holdsOver(word, held) ? word : held), undefined);

test('in whatever order words are heard, the same one holds in the end', () => {
  fc.assert(
    fc.property(words.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))), ([one, other]) => {
      expect(lastOf(other)).toEqual(lastOf(one));
    }),
  );
});

test('the word of a state is the order by which it is so', () => {
  const override = { says: 'divert' as const, by: { key: 'x', role: 'admin' }, reason: 'Fire', at: 5 };
  expect(wordOf({ is: 'up', since: 0 })).toBeUndefined();
  expect(wordOf({ is: 'down', since: 5, override })).toEqual(divert(5));
});
