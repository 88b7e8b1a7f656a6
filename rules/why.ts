/** The one sentence that says what is so with a primary, and why. */
import type { Diversion } from '../src/domain/diversion.ts';
import { isoSeconds } from '../src/domain/instant.ts';
import type { PrimaryState } from '../src/domain/primary.ts';

export interface PrimaryCounts {
  /** Numbers whose calls belong to this primary. */
  numbers: number;
  /** Those of them that have no plan. */
  unprotected: number;
}

const quoted = (text: string): string => `"${text.trim()}"`;

type Word = { by: { key: string; role: string }; reason: string };

function saidSo({ by, reason }: Word): string {
  return by.role === 'system' ? `Ringthrough itself said so: ${quoted(reason)}` : `${by.role} key \`${by.key}\` said so: ${quoted(reason)}`;
}

function because(word: Word | undefined): string {
  return word === undefined ? '' : ` because ${saidSo(word)}`;
}

function tally(id: string, counts: PrimaryCounts | undefined): string {
  if (counts === undefined) return '';
  const { numbers, unprotected } = counts;
  if (numbers === 0) return `; no number belongs to \`${id}\``;
  return unprotected === 0 ? `; every number of \`${id}\` has a plan (${numbers})` : `; ${unprotected} of the ${numbers} numbers of \`${id}\` have no plan`;
}

/**
 * @param diversion the current one, or the last
 * @param counts of the numbers that belong to the primary, where the caller has them
 */
export function whyPrimary(id: string, state: PrimaryState, diversion?: Diversion, counts?: PrimaryCounts): string {
  const since = isoSeconds(state.since);
  const restored = state.override?.says === 'restore' ? state.override : diversion?.ended;
  const left = tally(id, counts);
  switch (state.is) {
    case 'down': {
      const current = diversion?.ended === undefined ? diversion?.started : undefined;
      const diverted = state.override?.says === 'divert' ? state.override : current;
      return `Calls go to the backup plans since ${since}${because(diverted)}${left}.`;
    }
    case 'degraded':
      return `Takes its calls, but not well, since ${since}${because(restored)}${left}.`;
    case 'recovering':
      return `Takes its calls again, on probation, since ${since}${because(restored)}${left}.`;
    case 'up':
      if (restored !== undefined) return `Takes its calls again since ${since}${because(restored)}${left}.`;
      return state.since === 0 ? `Takes its calls: nobody has said otherwise${left}.` : `Takes its calls since ${since}${left}.`;
  }
}
