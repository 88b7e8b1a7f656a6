/** What one chunk of an import comes to: which numbers it changes, and how; which rows it refuses; what it counts. */
import type { ChangeKind, ImportCounts, RejectedRow } from '../domain/import.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Draft } from '../store/draft.ts';
import type { Found } from '../store/store.ts';
import type { ShownChange } from './import-lists.ts';

export interface NumberChange {
  number: string;
  found: Found<'numbers'> | undefined;
  before: NumberRecord | undefined;
  /** Undefined: the number is removed. */
  after: NumberRecord | undefined;
}

export interface Verdict {
  changes: readonly NumberChange[];
  rejected: readonly RejectedRow[];
  /** Plans that the changed numbers use, as they were read. */
  plans: ReadonlyMap<string, Found<'plans'> | undefined>;
  /** What the policy leant on: for the commit that writes the changes. */
  unchanged?(draft: Draft): void;
  counts: ImportCounts;
  /** What is shown of each kind. */
  samples: Readonly<Partial<Record<ChangeKind, readonly ShownChange[]>>>;
  /** Of a file: the numbers and customers that it names, also in rows that are refused for another reason. */
  names: readonly string[];
  customers: readonly string[];
  /** Rows whose number cannot be read. */
  nameless: number;
  /** Numbers that it leads elsewhere; undefined where nobody asks. */
  redirected?: number;
}

export const NO_COUNTS: ImportCounts = { created: 0, changed: 0, unchanged: 0, rejected: 0, removed: 0 };

export const NOTHING: Verdict = { changes: [], rejected: [], plans: new Map(), counts: NO_COUNTS, samples: {}, names: [], customers: [], nameless: 0 };

export function sampleOf({ number, before, after }: Pick<NumberChange, 'number' | 'before' | 'after'>): ShownChange {
  return { number, before: before ?? null, after: after ?? null };
}

export function added(one: ImportCounts, other: ImportCounts): ImportCounts {
  return {
    created: one.created + other.created,
    changed: one.changed + other.changed,
    unchanged: one.unchanged + other.unchanged,
    rejected: one.rejected + other.rejected,
    removed: one.removed + other.removed,
  };
}
