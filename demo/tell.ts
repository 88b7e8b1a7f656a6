/** What the demo prints: plain text, with colours on a terminal only. */
import { styleText } from 'node:util';

export interface Teller {
  title(text: string): void;
  /** A phase, and in a sentence what happens in it. */
  phase(name: string, about: string): void;
  fact(name: string, text: string): void;
  line(text: string): void;
  table(rows: readonly (readonly (string | number)[])[]): void;
  good(text: string): void;
  bad(text: string): void;
}

type Style = Parameters<typeof styleText>[0];

const NAME_WIDTH = 11;

export function createTeller(write: (text: string) => void, coloured: boolean): Teller {
  const styled = (style: Style, text: string): string => (coloured ? styleText(style, text) : text);
  const line = (text: string): void => write(`${text}\n`);
  return {
    line,
    title: (text) => line(styled('bold', text)),
    phase: (name, about) => line(`\n${styled(['bold', 'cyan'], name)}\n  ${about}`),
    fact: (name, text) => line(`  ${styled('dim', name.padEnd(NAME_WIDTH))} ${text}`),
    table(rows) {
      const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
      for (const [at, row] of rows.entries()) {
        const text = row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[column] ?? 0) : String(cell).padStart(widths[column] ?? 0))).join('   ');
        line(`  ${at === 0 ? styled('dim', text) : text}`);
      }
    },
    good: (text) => line(`  ${styled('green', 'ok')}    ${text}`),
    bad: (text) => line(`  ${styled('red', 'FAIL')}  ${text}`),
  };
}
