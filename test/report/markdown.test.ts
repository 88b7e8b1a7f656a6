/** The text that people send on: readable, masked, and nothing in it that others wrote is more than words. */
import { expect, test } from 'vitest';
import { lasting, reportMarkdown } from '../../src/report/markdown.ts';
import { makeReport } from '../../src/report/report.ts';
import { at, call, entry, facts, said } from './facts.ts';

const textOf = (more: Parameters<typeof facts>[0] = {}, customer?: string): string => reportMarkdown(makeReport(facts(more), { numbers: 'masked', customer }));

test('the whole of it, section by section', () => {
  const text = textOf();
  expect(text.match(/^#+ .*$/gm)).toEqual(['# Diversion of pbx, 2026-11-22', '## In short', '## What happened', '## What callers met', '## Calls by 5 minutes', '## Callers to call back', '## Numbers at carriers', '## What waits for subscribers', '## What brakes did', '## Who was told', '## What this report cannot know']);
  for (const line of [
    '- **What:** the calls of pbx (Main PBX) were sent to the backup plans.',
    '- **First sign:** 2026-11-22 13:59:50, probes: no answer to 2 OPTIONS in 2 s.',
    '- **Diverted:** 2026-11-22 14:00:00, by automation, 10 s after the first sign: Down by probes for 5 s.',
    '- **First calls given back:** 2026-11-22 14:08:20, all of them 1 min 40 s later.',
    '- **Over:** 2026-11-22 14:10:00, by automation, after 10 min: It has stood the probation.',
    '- **Calls:** of 7 calls 5 were answered or left a message, 1 met nobody, 1 were lost; 1 caller to call back.',
    '- **At carriers:** 2 numbers; the last was as before 6 s after the end; **1 must be looked at**.',
    '| lost: nobody could have answered | 1 (14.3 %) |',
    '| +447…999 | 1 | 2026-11-22 14:01:00 | +442…123 |',
    '| main | 2 | 2026-11-22 14:02:01 to 2026-11-22 14:02:05 | 1 | 2026-11-22 14:10:06 |',
    '| acme-crm | 12 | 1 | 2026-11-22 14:00:05 |',
    '| 2026-11-22 13:59:56 | hold | divert | Held. |',
    '| 2026-11-22 14:00:03 | boss | started | no: It answered 500 |',
  ]) expect(text.split('\n')).toContain(line);
  expect(text.trimEnd().split('\n').at(-1)).toBe('Diversion d-1; written 2026-11-22 14:15:00 UTC; telephone numbers are masked.');
});

test('what others wrote breaks no table and brings no markup', () => {
  const evil = 'a | b\n# c <img src=x> [click](http://x) `d` *e*\u202e';
  const text = textOf({ said: [said(-10, 'down', { because: evil })], trail: { complete: true, entries: [entry(5, 'primaries.hold', {}, { by: { key: 'anna', role: 'operator' }, reason: evil })] } });
  expect(text).not.toMatch(/<img|(?<!\\)\[click|^# c|\u202e/m);
  for (const row of text.split('\n').filter((line) => line.startsWith('| 2026'))) expect(row.split(/(?<!\\)\|/).length, row).toBeOneOf([4, 6, 10]);
});

test('one that goes on says so, and one without calls too', () => {
  const { ended: _, ...open } = facts().diversion;
  const text = textOf({ diversion: open, calls: { total: 0, calls: [] }, lost: [], moved: [], movedInAll: 0, told: [] });
  expect(text).toContain('- **Not over:** it has lasted 15 min, as of 2026-11-22 14:15:00.');
  expect(text).toContain('- **Calls:** none is known.');
  expect(text).not.toContain('## What callers met');
});

test('a long one is told by longer stretches of time, and none of its calls is missing', () => {
  const calls = Array.from({ length: 600 }, (_, index) => call(index * 144));
  const { ended: _, ...open } = facts().diversion;
  const text = textOf({ diversion: open, now: at(86_400), to: at(86_400), calls: { total: calls.length, calls } });
  const rows = /## Calls by 30 minutes\n\n.*\n.*\n((?:\|.*\n)+)/.exec(text)?.[1]?.trim().split('\n') ?? [];
  expect(rows.length).toBeOneOf([48, 49]);
  expect(rows.reduce((sum, row) => sum + Number(row.split('|')[2]), 0)).toBe(600);
});

test.each([[8, '8 s'], [59.6, '1 min'], [125, '2 min 5 s'], [7200, '2 h'], [7500, '2 h 5 min']])('%s seconds', (seconds, text) => {
  expect(lasting(seconds)).toBe(text);
});
