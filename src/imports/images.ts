/** What an import changed, from what to what, packed for the list from which it can be reverted: one text a commit. */
import type { NumberRecord } from '../domain/number.ts';
import { decodePayload, encodeNumber } from '../store/codec.ts';
import { pack, unpack } from './pack.ts';

/** `UNREADABLE` before: there was a record that could not be read, and cannot be put back. */
export interface Image {
  number: string;
  before: string | undefined;
  after: string | undefined;
}

/** No payload is empty. */
export const UNREADABLE = '';

export interface Imaged {
  number: string;
  before: NumberRecord | undefined;
  after: NumberRecord | undefined;
  unreadableBefore: boolean;
}

const payloadOf = (record: NumberRecord | undefined): string | null => (record === undefined ? null : encodeNumber(record));

/** As a text, since a commit's arguments are texts. */
export async function packImages(changes: readonly Imaged[]): Promise<string> {
  const packed = await pack(changes.map(({ number, before, after, unreadableBefore }) => [number, unreadableBefore ? UNREADABLE : payloadOf(before), payloadOf(after)]));
  return packed.toString('base64');
}

/** Undefined when it cannot be read. */
export async function imageOf(stored: string): Promise<Image[] | undefined> {
  const rows = await unpack(Buffer.from(stored, 'base64'));
  if (!Array.isArray(rows)) return undefined;
  return (rows as [string, string | null, string | null][]).map(([number, before, after]) => ({ number, before: before ?? undefined, after: after ?? undefined }));
}

/** The record of a payload; undefined when it cannot be read. */
export function recordOf(payload: string): NumberRecord | undefined {
  return decodePayload('numbers', payload);
}
