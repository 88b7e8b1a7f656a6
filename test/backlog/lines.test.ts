/** What goes before what, by example. */
import { describe, expect, it } from 'vitest';
import { createLines, type Lines } from '../../src/backlog/lines.ts';
import type { Held } from '../../src/store/backlog-store.ts';

const note = (place: string, key: string, ofKey = 1): Held => ({ place, bytes: 1, ofKey, notification: { id: place, kind: 'call.missed', key, class: 'history', at: 0, data: '' } });

function sees(lines: Lines, ...held: Held[]): void {
  expect(lines.read(lines.newest('history'), { held, last: held.at(-1)?.place })).toBe(true);
}

function scans(lines: Lines, ...held: Held[]): void {
  const range = lines.toRead(10);
  expect(range).toMatchObject({ by: 'scan' });
  expect(lines.read(range!, { held: range!.class === 'history' ? held : [], last: range!.class === 'history' ? held.at(-1)?.place : undefined })).toBe(true);
}

const goes = (lines: Lines, isLive: boolean): string | undefined => {
  const line = lines.next(isLive);
  const place = line?.first?.place;
  if (line) lines.over(line);
  return place;
};

describe('what has just come', () => {
  it('goes before what has been waiting, but for what has something older of its key behind it', () => {
    const lines = createLines([], 1000, { line: 100, all: 2000, bytes: () => 1000 }, 1);
    scans(lines);
    scans(lines, note('1-0', 'a'), note('2-0', 'b'));
    sees(lines, note('1001-0', 'c'), note('1002-0', 'd', 2));
    expect([goes(lines, true), goes(lines, true), goes(lines, false)]).toEqual(['1001-0', undefined, '1-0']);
  });

  it('does not go before what was left of its line because there was too much', () => {
    const lines = createLines([], 1000, { line: 1, all: 100, bytes: () => 1000 }, 1);
    scans(lines);
    scans(lines, note('1-0', 'a'));
    sees(lines, note('1001-0', 'c', 3), note('1002-0', 'c', 3), note('1003-0', 'c', 3));
    expect([goes(lines, true), goes(lines, true)]).toEqual(['1001-0', '1002-0']);
    sees(lines, note('1004-0', 'c', 2));
    expect(goes(lines, true)).toBeUndefined();
  });
});
