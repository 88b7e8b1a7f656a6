/**
 * Reads a number and the rule that it shares with others from the bytes in which they are stored (src/store/codec.ts): a million are
 * read at a start, so no text is made of what was met before.
 */
import { FORMAT } from './codec.ts';

const [PLUS, ZERO, NINE, COLON, TAB] = [0x2b, 0x30, 0x39, 0x3a, 0x09];
const FORMAT_BYTE = FORMAT.charCodeAt(0);

/** The digits of an E.164 number as one whole number, 0 when these bytes are none. The same as `isE164` of the text. */
export function e164Digits(bytes: Uint8Array, from: number, end: number): number {
  const length = end - from - 1;
  if (length < 7 || length > 15 || bytes[from] !== PLUS || bytes[from + 1] === ZERO) return 0;
  let digits = 0;
  for (let at = from + 1; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return 0;
    digits = digits * 10 + byte - ZERO;
  }
  return digits;
}

/** Where the rule begins in a stored number, -1 when it has no envelope or no rule. The same as `ruleOf` of what `openEnvelope` gives. */
export function ruleStart(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== FORMAT_BYTE || bytes[from + 1] !== COLON) return -1;
  let at = from + 2;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
  if (at === from + 2 || at >= end || bytes[at] !== COLON) return -1;
  const tab = bytes.indexOf(TAB, at);
  return tab === -1 || tab >= end ? -1 : tab + 1;
}

/** Places for texts that were met; a power of two. */
const PLACES = 16_384;

/** The texts of bytes: of the same bytes the same text, made once unless others took its place. */
export function createTexts(): (bytes: Uint8Array, from: number, end: number) => string {
  const known: ({ bytes: Uint8Array; text: string } | undefined)[] = Array.from({ length: PLACES });

  function isSame(held: Uint8Array, bytes: Uint8Array, from: number): boolean {
    for (let at = 0; at < held.length; at += 1) if (held[at] !== bytes[from + at]) return false;
    return true;
  }

  return (bytes, from, end) => {
    let hash = 0x811c9dc5;
    for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const held = known[place];
    if (held?.bytes.length === end - from && isSame(held.bytes, bytes, from)) return held.text;
    const own = Buffer.from(bytes.subarray(from, end));
    const text = own.toString('utf8');
    known[place] = { bytes: own, text };
    return text;
  };
}
