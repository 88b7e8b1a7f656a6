/**
 * The steps that a call has been through, as they travel in the callback's URL: `primary-f_d1x2y3z-n` says that the
 * primary failed and a destination did not answer. Letters, digits, `-` and `_` only, so that no proxy or
 * signature check can disagree on how to escape it.
 */
import type { LegEnd } from '../domain/leg.ts';
import type { EndedLeg } from '../../rules/call-outcome.ts';
import { MAX_TRIED } from '../../rules/next-step.ts';

const LETTERS = { answered: 'a', busy: 'b', 'no-answer': 'n', declined: 'd', cancelled: 'c', failed: 'f' } as const satisfies Record<LegEnd, string>;
const ENDS = new Map<string, LegEnd>(Object.entries(LETTERS).map(([end, letter]) => [letter, end as LegEnd]));

const ENTRY = /^([a-z0-9][a-z0-9-]{0,39})-([abndcf])$/;
/** Well above what 20 entries need. */
const MAX_LENGTH = 1000;

/** One entry a step; a step that is named again (a doubled callback) keeps its first end. */
export function encodeTried(tried: readonly EndedLeg[]): string {
  const ends = new Map<string, LegEnd>();
  for (const { step, end } of tried) if (!ends.has(step)) ends.set(step, end);
  return [...ends].slice(0, MAX_TRIED).map(([step, end]) => `${step}-${LETTERS[end]}`).join('_');
}

/** Empty for anything that encodeTried did not write. */
export function decodeTried(text: string | undefined): EndedLeg[] {
  if (text === undefined || text === '' || text.length > MAX_LENGTH) return [];
  const legs = new Map<string, EndedLeg>();
  for (const entry of text.split('_')) {
    const [, step, letter] = ENTRY.exec(entry) ?? [];
    const end = ENDS.get(letter ?? '');
    if (step === undefined || end === undefined) return [];
    if (!legs.has(step)) legs.set(step, { step, end });
  }
  return [...legs.values()].slice(0, MAX_TRIED);
}
