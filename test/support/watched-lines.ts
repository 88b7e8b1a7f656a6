/** What was logged and used as a secret in the tests of a file. By itself, for the set-up of every file of tests loads it, and few need what judges it (test/support/log-watch.ts). */
export interface Watched {
  /** The test that runs now. */
  test: string;
  lines: { test: string; line: string }[];
  readonly secrets: Set<string>;
}

export const watched: Watched = { test: 'before the tests', lines: [], secrets: new Set() };
