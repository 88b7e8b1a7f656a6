/** Lists come in pages: `limit` records, and a `cursor` that goes on from there. */
import { Type } from 'typebox';
import { Failure } from '../domain/errors.ts';

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Records a page' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 400, description: 'From `next` of the page before' })),
};

export const DEFAULT_LIMIT = 100;

export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The `count` parts of a cursor. Throws `cursor_invalid`. */
export function decodeCursor(cursor: string | undefined, count: number): string[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === count && parts.every((part): part is string => typeof part === 'string')) return parts;
  } catch {
    // Falls through to the refusal.
  }
  throw new Failure('cursor_invalid');
}
