/** Runs around every file of tests: fails it when a line that was logged meanwhile tells what no log may hold. */
import { afterAll, beforeEach, expect } from 'vitest';
import { logWatch } from './log-watch.ts';

beforeEach(() => {
  logWatch.test = expect.getState().currentTestName ?? 'a hook';
});

// Of the hooks at the end the first that was registered runs last: by then the tests have ended what they started.
afterAll(() => {
  const complaints = [...new Set(logWatch.complaints())];
  if (complaints.length > 0) throw new Error(`The log tells what no log may hold:\n${complaints.map((one) => `  - ${one}`).join('\n')}`);
});
