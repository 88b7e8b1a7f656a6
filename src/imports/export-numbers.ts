/** Writes numbers as a file that an import takes back unchanged: the same columns, CSV or NDJSON. */
import type { ImportRecord } from '../domain/import.ts';
import { NUMBER_COLUMNS, type NumberRecord } from '../domain/number.ts';
import type { Store } from '../store/store.ts';
import { walkNumbers } from '../store/walk-numbers.ts';

export interface Export {
  format: ImportRecord['format'];
  /** One customer's numbers alone. */
  customer?: string;
  /** Told how many records of a page could not be read and are left out. */
  onUnreadable(count: number): void;
}

const PAGE_NUMBERS = 500;

/** No field can hold a comma, a quote or a line break (src/domain/number.ts), so none is ever quoted. */
function csvLine(number: string, record: NumberRecord): string {
  const row: Partial<Record<string, string>> = { number, ...record };
  return `${NUMBER_COLUMNS.map((column) => row[column] ?? '').join(',')}\n`;
}

const jsonLine = (number: string, record: NumberRecord): string => `${JSON.stringify({ number, ...record })}\n`;

/** One text a page, the first with the header. */
export async function* exportNumbers(store: Store, { format, customer, onUnreadable }: Export): AsyncGenerator<string> {
  let text = format === 'csv' ? `${NUMBER_COLUMNS.join(',')}\n` : '';
  for await (const { entries } of walkNumbers(store, { limit: PAGE_NUMBERS, ...(customer === undefined ? {} : { customer }) })) {
    let unreadable = 0;
    for (const { number, found } of entries) {
      if ('unreadable' in found) unreadable += 1;
      else text += format === 'csv' ? csvLine(number, found.record) : jsonLine(number, found.record);
    }
    if (unreadable > 0) onUnreadable(unreadable);
    if (text !== '') yield text;
    text = '';
  }
  if (text !== '') yield text;
}
