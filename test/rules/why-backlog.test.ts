/** How a backlog stands: the first that is so, with a sentence that says what waits. */
import { describe, expect, test } from 'vitest';
import { BACKLOG_STANDS, whyBacklog, type BacklogFacts } from '../../rules/why-backlog.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const facts: BacklogFacts = { waiting: 500, retries: 0, oldestAt: NOW - 3_600_000 };
const primary = (is: 'up' | 'down' | 'degraded' | 'recovering') => ({ id: 'pbx', state: { is } });

const CASES: Record<string, [Partial<BacklogFacts>, ReturnType<typeof primary> | undefined, string, RegExp]> = {
  'paused goes before all': [{ pausedAt: NOW, disabledAt: NOW, failingSince: NOW }, primary('down'), 'paused', /^Nothing is sent: it was paused at 2026-11-22T12:00:00Z; 500 wait, the first since 2026-11-22T11:00:00Z\.$/],
  'it wants nothing any more': [{ disabledAt: NOW, failingSince: NOW }, primary('down'), 'disabled', /410 at 2026-11-22T12:00:00Z/],
  'its primary is down': [{ failingSince: NOW }, primary('down'), 'held', /while the primary `pbx` is down; 500 wait/],
  'it fails': [{ failingSince: NOW - 60_000, failingUntil: NOW + 5000, failure: 'no answer' }, primary('recovering'), 'failing', /since 2026-11-22T11:59:00Z \(no answer\) and is tried again at 2026-11-22T12:00:05Z/],
  'its primary is coming back': [{ perSecond: 50, perSecondAt: NOW }, primary('recovering'), 'live-only', /when the primary `pbx` is up: it is recovering; 500 wait/],
  'nothing waits': [{ waiting: 0 }, primary('up'), 'idle', /^Nothing waits: what comes is sent at once\.$/],
  'it is being delivered': [{ perSecond: 50, perSecondAt: NOW - 9000 }, primary('up'), 'delivering', /^500 wait, .*; 50 a second are delivered, which takes another 10 seconds\.$/],
  'nobody delivers any more': [{ perSecond: 50, perSecondAt: NOW - 11_000 }, undefined, 'waiting', /^500 wait, .*, to be sent as soon as a worker takes it\.$/],
  'what is left had failures': [{ waiting: 1, retries: 1 }, undefined, 'waiting', /^1 waits, .*; 1 key had a failure and is tried again\.$/],
};

describe.each(Object.entries(CASES))('%s', (_what, [more, part, is, why]) => {
  test(`is ${is}`, () => {
    const verdict = whyBacklog({ ...facts, ...more }, part, NOW);
    expect([verdict.is, verdict.why]).toEqual([is, expect.stringMatching(why)]);
    expect(verdict.etaSeconds).toBe(is === 'delivering' ? 10 : undefined);
  });
});

test('each way to stand is seen here', () => {
  expect(new Set(Object.values(CASES).map(([, , is]) => is))).toEqual(new Set(BACKLOG_STANDS));
});
