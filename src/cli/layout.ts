/** Plain aligned text for people. */
import { plain } from './io.ts';

/** Columns two spaces apart; the last one is as long as it is. An empty field shows as `-`. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [header.map((title) => title.toUpperCase()), ...rows.map((row) => row.map((cell) => (cell === '' ? '-' : plain(cell))))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd());
}

/** A table, or the one line that says there is nothing. */
export function tableOr(nothing: string, header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [nothing] : table(header, rows);
}

/** Names and values, one pair a line. */
export function pairs(entries: Iterable<readonly [string, string]>, indent = ''): string[] {
  const all = [...entries];
  const width = Math.max(0, ...all.map(([name]) => name.length));
  return all.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`.trimEnd());
}

/** The fields of a record, each with its path. */
export function fields(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  const inner = Array.isArray(value) ? value.map((one, at) => [`${path}[${at}]`, one] as const) : Object.entries(value).map(([name, one]) => [path === '' ? name : `${path}.${name}`, one] as const);
  return inner.length === 0 && path !== '' ? [[path, Array.isArray(value) ? '(none)' : '(empty)']] : inner.flatMap(([name, one]) => fields(one, name));
}

/** `2026-11-22T00:55:12.345Z` as `2026-11-22 00:55:12`, in UTC as all times here. */
export function moment(instant: string | undefined): string {
  return instant === undefined ? '' : instant.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
