/** Runs around every file of tests: fails it when a line that was logged meanwhile tells what no log may hold, or when it leaves the environment of the process changed. */
import { afterAll, beforeEach, expect } from 'vitest';
import { watched } from './watched-lines.ts';

const environment = { ...process.env };

beforeEach(() => {
  watched.test = expect.getState().currentTestName ?? 'a hook';
});

// Of the hooks at the end the first that was registered runs last: by then the tests have ended what they started.
afterAll(async () => {
  const complaints = watched.lines.length === 0 ? [] : [...new Set((await import('./log-watch.ts')).logWatch.complaints())];
  // The next file may run in the same process.
  watched.lines.length = 0;
  watched.secrets.clear();
  if (complaints.length > 0) throw new Error(`The log tells what no log may hold:\n${complaints.map((one) => `  - ${one}`).join('\n')}`);
  const changed = [...new Set([...Object.keys(environment), ...Object.keys(process.env)])].filter((name) => process.env[name] !== environment[name]);
  if (changed.length > 0) throw new Error(`Files of tests share a process: what one changes in its environment, it changes back: ${changed.join(', ')}`);
});
