/** docs/when-redis-is-gone.md and its tests name the same cases, each once. */
import { expect, test } from 'vitest';
import { read, tableOf } from '../support/tree.ts';

const program = read('test/faults/redis-gone.test.ts');

/** The faults of the table, and the names of the other tests as far as their colon. */
function tested(): string[] {
  const faults = [...program.matchAll(/^ {2}\{ name: '([^']+)', begin/gm)].map(([, name]) => name ?? '');
  const others = [...program.matchAll(/^ {2}test\('([^':]+):/gm), ...program.matchAll(/^ {4}\['([^']+)', \(/gm)].map(([, name]) => name ?? '');
  return [...faults, ...others];
}

test('every case has its test, and every test its case', () => {
  const cases = tableOf(read('docs/when-redis-is-gone.md'), 'case').map(([name]) => name ?? '');
  expect(cases.length).toBeGreaterThan(10);
  expect(cases.toSorted()).toEqual(tested().toSorted());
  expect(new Set(cases).size).toBe(cases.length);
});

test('what the page says of writes and of /readyz is what the test holds', () => {
  const rows = new Map(tableOf(read('docs/when-redis-is-gone.md'), 'case').map(([name = '', , says = '', writes = '']) => [name, { says, writes }]));
  for (const [, name = '', writes, says] of program.matchAll(/^ {2}\{ name: '([^']+)', begin.* writes: '(\w+)', says: '([\w-]+)' \}/gm)) {
    expect(rows.get(name)?.says).toMatch(new RegExp(`^\`${says}\``));
    expect(rows.get(name)?.writes).toMatch(writes === 'done' ? /^made/ : /^refused/);
  }
});

test('every take-over has its test, and every test its take-over', () => {
  const names = (file: string, kind: string): string[] => [...read(file).matchAll(/^ {2}test\('([^:']+)[:']|^ {4}\['([^']+)', /gm)].map(([, one, two]) => `${kind}: ${one ?? two}`);
  const all = [...names('test/faults/sentinel.test.ts', 'Sentinel'), ...names('test/faults/cluster.test.ts', 'Cluster')];
  expect(all.length).toBeGreaterThan(5);
  expect(tableOf(read('docs/when-redis-is-gone.md'), 'take-over').map(([name]) => name ?? '').toSorted()).toEqual(all.toSorted());
});
