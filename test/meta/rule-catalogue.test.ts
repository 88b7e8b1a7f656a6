/** Diagnoses, responses and brakes: the code and the tables in rules/README.md are the same, and each has a file of its own. */
import { expect, test } from 'vitest';
import { ALL_BRAKES } from '../../rules/brakes/brakes.ts';
import { RESPONSES } from '../../rules/respond.ts';
import { BRAKES, DIAGNOSES } from '../../src/domain/diagnosis.ts';
import { filesOf, read } from '../support/tree.ts';

const page = read('rules/README.md');

/** The rows of the table whose header begins with these columns. */
function rowsUnder(...columns: string[]): string[][] {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${columns.join(' | ')} |`));
  const rows: string[][] = [];
  for (const line of lines.slice(at + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')));
  }
  return rows;
}

test('each diagnosis has its row, in words of its own, and its file', () => {
  const rows = rowsUnder('diagnosis', 'what it means');
  expect(Object.fromEntries(rows.map(([name, meaning]) => [name, meaning]))).toEqual(DIAGNOSES);
  for (const [name = '', , grounds] of rows) {
    expect(grounds).toContain(`diagnose/${name}.ts`);
    expect(filesOf('rules/diagnose')).toContain(`rules/diagnose/${name}.ts`);
  }
});

test('the table of responses is the one in force', () => {
  const table = rowsUnder('diagnosis', 'up', 'degraded', 'down', 'recovering').map(([diagnosis, up, degraded, down, recovering]) => [diagnosis, { up, degraded, down, recovering }]);
  expect(Object.fromEntries(table)).toEqual(RESPONSES);
});

test('each brake has its row, in the order in which they are asked, and its file', () => {
  const rows = rowsUnder('brake', 'when');
  expect(rows.map(([name]) => name)).toEqual(ALL_BRAKES.map(({ name }) => name));
  expect(Object.fromEntries(rows.map(([name, when]) => [name, when]))).toEqual(BRAKES);
  for (const [name = '', , what] of rows) expect(what).toContain(`brakes/${name}.ts`);
  expect(filesOf('rules/brakes')).toEqual([...Object.keys(BRAKES), 'brake', 'brakes'].map((name) => `rules/brakes/${name}.ts`).toSorted());
});
