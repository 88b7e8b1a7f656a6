/** Two operators said different things of one primary, perhaps to processes that could not hear of each other: whose word holds? */
import type { PrimaryState } from '../src/domain/primary.ts';

export interface Word {
  says: 'divert' | 'restore';
  /** When it was said, milliseconds since 1970. */
  at: number;
}

/** The word by which the state is what it is; undefined when nobody has said anything. */
export function wordOf({ override }: PrimaryState): Word | undefined {
  return override && { says: override.says, at: override.at };
}

/** True when `word` holds over the one before: it is the later one. Of two at the same moment divert holds: a plan takes the call in any case. */
export function holdsOver(word: Word, before: Word | undefined): boolean {
  if (before === undefined || word.at > before.at) return true;
  return word.at === before.at && word.says === 'divert' && before.says === 'restore';
}
