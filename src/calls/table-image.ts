/** A routing table as lines of text and back: what a snapshot on disk holds. */
import { encodePayload } from '../store/codec.ts';
import type { Collection } from '../store/keys.ts';
import type { RoutingTable, TableImage } from './routing-table.ts';

/** `c COLLECTION ID PAYLOAD`, `r RULE TEXT`, then `n RULE NUMBER`, with tabs between. */
export function* linesOfImage({ rules, numbers, records }: TableImage): Generator<string> {
  for (const { collection, id, record } of records) yield `c\t${collection}\t${id}\t${encodePayload(collection, record as never)}`;
  for (const [id, text] of rules.entries()) if (text !== '') yield `r\t${id}\t${text}`;
  const { slots, values } = numbers;
  for (let at = 0; at < slots.length; at += 1) {
    const number = slots[at] ?? 0;
    if (number > 0) yield `n\t${values[at] ?? 0}\t${number}`;
  }
}

/** The three parts before the last; the last may have tabs. */
function cut(line: string, parts: number): string[] {
  const found: string[] = [];
  let from = 0;
  for (let count = 1; count < parts; count += 1) {
    const tab = line.indexOf('\t', from);
    if (tab === -1) break;
    found.push(line.slice(from, tab));
    from = tab + 1;
  }
  return [...found, line.slice(from)];
}

/** Fills an empty table. Returns how many lines could not be read: what they hold is not in the table. */
export function fillFromLines(table: RoutingTable, lines: Iterable<string>): number {
  const rules = new Map<string, string>();
  let unreadable = 0;
  for (const line of lines) {
    const [kind, first = '', second = '', third] = cut(line, line.startsWith('c') ? 4 : 3);
    let taken = true;
    if (kind === 'r') rules.set(first, second);
    else if (kind === 'n') taken = rules.has(first) && table.apply('numbers', `+${second}`, `\t${rules.get(first)}`);
    else taken = kind === 'c' && third !== undefined && table.apply(first as Collection, second, third);
    if (!taken) unreadable += 1;
  }
  return unreadable;
}
