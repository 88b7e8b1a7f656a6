/** How the calls fare that are given back to a primary on probation: those of one step, and the last few by themselves. */
export interface Tried {
  /** When the step began: of another step they say nothing. */
  since: number;
  /** Calls that got through in it. */
  through: number;
  /** Of the last calls, as many as are kept: all, and those that failed. */
  last: number;
  failed: number;
}

/** Calls that are kept: enough to tell one in ten from one in a hundred, and few enough that a failure shows after the second. */
const KEPT = 50;

export const UNTRIED: Omit<Tried, 'since'> = { through: 0, last: 0, failed: 0 };

export interface Trial {
  /** A call that was offered to it has ended, or could not be delivered. */
  ended(failed: boolean): void;
  readonly tried: Tried;
}

export function createTrial(since: number): Trial {
  const last: boolean[] = [];
  let through = 0;
  return {
    ended(failed) {
      if (!failed) through += 1;
      last.push(failed);
      if (last.length > KEPT) last.shift();
    },
    get tried() {
      return { since, through, last: last.length, failed: last.filter(Boolean).length };
    },
  };
}
