/** Who forwarded a call before, from the SIP headers that say so: Diversion (RFC 5806) and History-Info (RFC 7044). */
import { numberOf } from './party.ts';

/** A call that was forwarded more often than this is looping whatever the rest says. */
const MAX_ENTRIES = 20;
const MAX_HEADER = 4000;

/** Splits at the commas that are neither in a quoted name nor in angle brackets. */
function entriesOf(header: string): string[] {
  const text = header.slice(0, MAX_HEADER);
  const entries: string[] = [];
  let quoted = false;
  let bracketed = false;
  let start = 0;
  for (let at = 0; at < text.length && entries.length < MAX_ENTRIES; at++) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"' && !bracketed) quoted = !quoted;
    else if (char === '<' && !quoted) bracketed = true;
    else if (char === '>' && !quoted) bracketed = false;
    else if (char === ',' && !quoted && !bracketed) {
      entries.push(text.slice(start, at));
      start = at + 1;
    }
  }
  if (entries.length < MAX_ENTRIES) entries.push(text.slice(start));
  return entries;
}

/** The number in one entry: `"name" <sip:+44…@host>;reason=…` or a bare address. */
function entryNumber(entry: string): string | undefined {
  const unnamed = entry.replace(/^\s*"(?:[^"\\]|\\.)*"/s, '');
  const bracket = unnamed.indexOf('<');
  if (bracket === -1) return numberOf(unnamed.replace(/;.*$/s, ''));
  const close = unnamed.indexOf('>', bracket);
  return numberOf(unnamed.slice(bracket + 1, close === -1 ? undefined : close));
}

const isNumber = (number: string | undefined): number is string => number !== undefined;

/** Numbers of Diversion headers, newest first, as the header has them (RFC 5806, 4: the topmost is the newest). */
export function diversionNumbers(headers: readonly string[]): string[] {
  return headers.flatMap(entriesOf).slice(0, MAX_ENTRIES).map(entryNumber).filter(isNumber);
}

/** Numbers of History-Info, newest first. The header has them oldest first, and the last is where the call goes now. */
export function historyNumbers(headers: readonly string[]): string[] {
  return headers.flatMap(entriesOf).slice(0, MAX_ENTRIES).slice(0, -1).toReversed().map(entryNumber).filter(isNumber);
}
