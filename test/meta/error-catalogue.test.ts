/** Every error code has its entry in docs/errors.md, with its status and title, and can happen; no entry is about a code that is not there. */
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { statusOf } from '../../src/http/problem.ts';
import { filesOf, read } from '../support/tree.ts';

const page = read('docs/errors.md');
const [living = '', retired = ''] = page.split(/^## Retired codes$/m);
const entries = new Map(living.split(/^### /m).slice(1).map((entry) => [entry.split('\n', 1)[0] ?? '', entry.split(/^## /m)[0] ?? '']));
const codes = Object.keys(ERRORS) as ErrorCode[];

test('docs/errors.md has one entry a code and no others', () => {
  expect(living.match(/^### /gm)).toHaveLength(entries.size);
  expect([...entries.keys()].toSorted()).toEqual([...codes].toSorted());
});

describe.each(codes)('%s', (code) => {
  test('is told with its status and title, when it happens and what to do', () => {
    const entry = entries.get(code);
    expect(entry).toContain(`\n**${statusOf(code)}** ${ERRORS[code].title}.\n`);
    expect(entry).toMatch(/^When: .{10,}$/m);
    expect(entry).toMatch(/^Do: .{5,}$/m);
  });
});

test('every code is raised somewhere', () => {
  const programs = [...filesOf('src'), ...filesOf('rules'), ...filesOf('workers')].filter((path) => path !== 'src/domain/errors.ts').map(read).join('\n');
  expect(codes.filter((code) => !programs.includes(`'${code}'`))).toEqual([]);
});

test('a retired code never comes back', () => {
  const gone = [...retired.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(gone.filter((code) => code !== undefined && code in ERRORS)).toEqual([]);
});
