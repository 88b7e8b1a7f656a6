/** An import: a file of numbers, taken chunk by chunk in the background; or the revert of one. Its states and their order: src/imports/apply.ts. */
import { Type, type Static } from 'typebox';
import { Id, Strict } from './schema.ts';

export const IMPORT_STATES = ['receiving', 'judging', 'waiting', 'applying', 'removing', 'done', 'refused', 'cancelled', 'expired', 'aborted'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

const StateSchema = Type.Enum([...IMPORT_STATES], {
  description: [
    '`receiving` while the body comes in, `judging` while what it would change is counted, `waiting` for a person to apply or cancel it, `applying` while the rows are taken,',
    '`removing` while numbers that are not in the file are deleted, then `done`; or `refused` because too much would be removed, `cancelled`, `expired` after a day of waiting,',
    '`aborted` when the upload broke off: in these four nothing of it was taken',
  ].join(' '),
});

export const CountsSchema = Strict({
  created: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Integer(),
  removed: Type.Integer(),
});

export type ImportCounts = Static<typeof CountsSchema>;

export const RemovalRefusalSchema = Strict({
  because: Type.Enum(['share', 'limit', 'unreadable-rows'], { description: '`share`: too large a part of one customer\'s numbers; `limit`: more than `allowRemoving`; `unreadable-rows`: rows whose number cannot be read, which may be any number' }),
  customer: Type.Optional(Type.String()),
  removed: Type.Integer({ description: 'Numbers that would be removed; of the customer if one is named' }),
  of: Type.Integer({ description: 'Numbers that there are, or rows that cannot be read' }),
});

export type RemovalRefusal = Static<typeof RemovalRefusalSchema>;

/** How far the walk over the numbers of the named customers has come. */
const RemovalWalkSchema = Strict({
  deleting: Type.Boolean({ description: 'Whether it deletes, or counts first' }),
  customer: Type.Optional(Type.String()),
  number: Type.Optional(Type.String()),
  looked: Type.Integer(),
  found: Type.Integer(),
  /** Of the customer alone. */
  lookedHere: Type.Integer(),
  foundHere: Type.Integer(),
  refusal: Type.Optional(RemovalRefusalSchema),
});

export type RemovalWalk = Static<typeof RemovalWalkSchema>;

const WhoSchema = Strict({ key: Type.String(), role: Type.String(), customer: Type.Optional(Type.String()) });

export const ImportSchema = Strict({
  state: StateSchema,
  kind: Type.Enum(['import', 'revert'], { description: '`revert`: puts back what another import changed' }),
  format: Type.Enum(['csv', 'ndjson']),
  by: WhoSchema,
  reason: Type.Optional(Type.String()),
  startedAt: Type.Integer(),
  endedAt: Type.Optional(Type.Integer()),
  /** When the state was entered; what the rate is reckoned from. */
  stateAt: Type.Integer(),
  dryRun: Type.Optional(Type.Literal(true, { description: 'Judged alone: nothing was written' })),
  confirm: Type.Optional(Type.Literal(true, { description: 'Judged first, then it waits to be applied or cancelled' })),
  complete: Type.Optional(Type.Literal(true, { description: 'The file is the whole truth for the numbers of its customers: those that are not in it are removed' })),
  customer: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'With `complete`: the one customer whose numbers are removed' })),
  allowRemoving: Type.Optional(Type.Integer({ description: 'With `complete`: how many numbers may be removed, instead of a share' })),
  appliedBy: Type.Optional(WhoSchema),
  reverts: Type.Optional(Type.String({ description: 'Of a revert: the import that it puts back' })),
  revertedBy: Type.Optional(Type.String({ description: 'The revert that puts this one back' })),
  rows: Type.Integer({ description: 'Rows received; of a revert, changes to put back' }),
  chunks: Type.Integer({ description: 'Chunks received' }),
  chunksDone: Type.Integer(),
  created: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  rejected: Type.Integer(),
  removed: Type.Integer({ description: 'Numbers deleted; of a dry run or one that waits, numbers that would be' }),
  redirected: Type.Optional(Type.Integer({ description: 'Where a second admin may be needed: numbers whose calls it leads elsewhere, or would' })),
  approvalNeeded: Type.Optional(Type.Literal(true, { description: 'A second admin is needed, or was: see `/v1/approvals/{id}` with its own id' })),
  /** What was judged, and no second admin needed or given; more is left out. */
  mayRedirect: Type.Optional(Type.Integer()),
  judged: Type.Optional(CountsSchema),
  removalRefused: Type.Optional(RemovalRefusalSchema),
  walk: Type.Optional(RemovalWalkSchema),
  /** Rows without a number that can be read. */
  nameless: Type.Integer(),
  /** Chunks of before-images that were kept. */
  images: Type.Integer(),
});

export type ImportRecord = Static<typeof ImportSchema>;

/** One row on its way: its line in the file, and what it says or why it could not be read. */
export type StagedRow = { line: number; value: Record<string, unknown> } | { line: number; fault: string };

export interface RejectedRow {
  /** 0 when it is about no line of a file. */
  line: number;
  /** Of a revert: which number was left alone. */
  number?: string;
  code: string;
  detail: string;
}

/** Kinds of which an import keeps the first rows to be looked at. */
export const CHANGE_KINDS = ['created', 'changed', 'unchanged', 'removed'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
