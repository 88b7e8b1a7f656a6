/** An import: a file of numbers, taken row by row in the background. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

export const ImportSchema = Strict({
  state: Type.Enum(['receiving', 'applying', 'done', 'aborted'], { description: '`receiving` while the body comes in, `applying` while the rows are taken, then `done`; `aborted` when the upload broke off: nothing of it was taken' }),
  format: Type.Enum(['csv', 'ndjson']),
  by: Strict({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) }),
  reason: Type.Optional(Type.String()),
  startedAt: Type.Integer(),
  endedAt: Type.Optional(Type.Integer()),
  rows: Type.Integer({ description: 'Rows received' }),
  chunks: Type.Integer({ description: 'Chunks received' }),
  chunksDone: Type.Integer(),
  created: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Integer(),
});

export type ImportRecord = Static<typeof ImportSchema>;

/** One row on its way: its line in the file, and what it says or why it could not be read. */
export type StagedRow = { line: number; value: Record<string, unknown> } | { line: number; fault: string };

export interface RejectedRow {
  line: number;
  code: string;
  detail: string;
}
