/**
 * Applies an import chunk by chunk. The numbers of a chunk, its refused rows and the import's own progress are one
 * commit, conditional on the progress that was read: a crash at any instant, or two that apply at once, lose and
 * double nothing.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { AuditChange } from '../domain/audit.ts';
import { Failure } from '../domain/errors.ts';
import type { ImportRecord, RejectedRow, StagedRow } from '../domain/import.ts';
import type { Actor } from '../domain/key.ts';
import type { NumberRecord } from '../domain/number.ts';
import { encodeNumber } from '../store/codec.ts';
import { createDraft, type Draft } from '../store/draft.ts';
import { ownerOfChange } from '../store/edit.ts';
import { keys, type Collection } from '../store/keys.ts';
import type { Found, Store } from '../store/store.ts';
import { checkRow, isRejected, rejectedRow, type NumberRow } from './check-row.ts';
import { REJECTED_KEPT_SECONDS, type ImportLists } from './import-lists.ts';

export interface ApplyDeps {
  store: Store;
  lists: Pick<ImportLists, 'chunk' | 'dropRows'>;
}

/** `gone`: there is nothing to apply, because the import is not there, was aborted or is still coming in. */
export type Applied = 'more' | 'done' | 'gone';

/** Tries of one chunk against writers that change what it touches. */
const TRIES = 8;
/** Rows checked without a pause: calls may be answered by the same process, and a row takes some 20 µs. */
const ROWS_A_TURN = 25;

interface NumberChange {
  number: string;
  found: Found<'numbers'> | undefined;
  before: NumberRecord | undefined;
  after: NumberRecord;
}

interface Verdict {
  changes: NumberChange[];
  rejected: RejectedRow[];
  plans: ReadonlyMap<string, Found<'plans'> | undefined>;
  counts: { created: number; changed: number; unchanged: number; rejected: number };
}

type Known = { [C in 'customers' | 'primaries' | 'carriers' | 'plans']: Map<string, Found<C> | undefined> };

async function lookUp<C extends Collection>(store: Store, collection: C, ids: Iterable<string | undefined>): Promise<Map<string, Found<C> | undefined>> {
  const wanted = [...new Set(ids)].filter((id) => id !== undefined);
  const found = await store.findMany(collection, wanted);
  return new Map(wanted.map((id, at) => [id, found[at]]));
}

async function lookUpAll(store: Store, rows: readonly NumberRow[]): Promise<Known> {
  const [customers, primaries, carriers, plans] = await Promise.all([
    lookUp(store, 'customers', rows.map((row) => row.record.customer)),
    lookUp(store, 'primaries', rows.map((row) => row.record.primary)),
    lookUp(store, 'carriers', rows.map((row) => row.record.carrier)),
    lookUp(store, 'plans', rows.map((row) => row.record.plan)),
  ]);
  return { customers, primaries, carriers, plans };
}

function referenceFault({ line, record }: NumberRow, known: Known): RejectedRow | undefined {
  const unknown = (field: string, id: string): RejectedRow => rejectedRow(line, 'reference_unknown', `${field}: ${id} does not exist`);
  if (!known.customers.get(record.customer)) return unknown('customer', record.customer);
  if (!known.primaries.get(record.primary)) return unknown('primary', record.primary);
  if (!known.carriers.get(record.carrier)) return unknown('carrier', record.carrier);
  if (record.plan === undefined) return undefined;
  const plan = known.plans.get(record.plan);
  if (!plan) return unknown('plan', record.plan);
  if ('unreadable' in plan) return rejectedRow(line, 'record_unreadable', `plan: ${record.plan} cannot be read`);
  if (plan.record.customer === undefined || plan.record.customer === record.customer) return undefined;
  return rejectedRow(line, 'plan_foreign', `plan: ${record.plan} belongs to another customer`);
}

async function checkRows(rows: readonly StagedRow[]): Promise<(NumberRow | RejectedRow)[]> {
  const checked: (NumberRow | RejectedRow)[] = [];
  for (const [at, row] of rows.entries()) {
    if (at > 0 && at % ROWS_A_TURN === 0) await breathe();
    checked.push(checkRow(row));
  }
  return checked;
}

/** Rows are taken in the order of the file: of several for one number the last remains, and each counts for what it did. */
async function judge(store: Store, rows: readonly StagedRow[]): Promise<Verdict> {
  const checked = await checkRows(rows);
  const good = checked.filter((row): row is NumberRow => !isRejected(row));
  const known = await lookUpAll(store, good);
  const stored = await lookUp(store, 'numbers', good.map((row) => row.number));
  const changes = new Map<string, NumberChange>();
  const rejected: RejectedRow[] = [];
  const counts = { created: 0, changed: 0, unchanged: 0 };

  for (const row of checked) {
    if (isRejected(row)) {
      rejected.push(row);
      continue;
    }
    const fault = referenceFault(row, known);
    if (fault) {
      rejected.push(fault);
      continue;
    }
    const { number, record } = row;
    const found = stored.get(number);
    const before = found && 'record' in found ? found.record : undefined;
    const current = changes.get(number)?.after ?? before;
    if (current && encodeNumber(current) === encodeNumber(record)) {
      counts.unchanged += 1;
      continue;
    }
    // One that is there and cannot be read is overwritten.
    counts[current || found ? 'changed' : 'created'] += 1;
    changes.set(number, { number, found, before, after: record });
  }
  return { changes: [...changes.values()], rejected, plans: known.plans, counts: { ...counts, rejected: rejected.length } };
}

function putNumbers(draft: Draft, { changes, plans }: Verdict): void {
  for (const id of new Set(changes.map((change) => change.after.plan))) {
    const plan = id === undefined ? undefined : plans.get(id);
    // At the revision that was read, since it is the plan that says whose it is.
    if (id !== undefined && plan?.revision !== undefined) draft.expect('plans', id, plan.revision);
  }
  for (const { number, found, before, after } of changes) {
    draft.expect('numbers', number, found ? (found.revision ?? 'unreadable') : 'absent');
    draft.put('numbers', number, after, before);
  }
}

function auditNumbers(draft: Draft, changes: readonly NumberChange[], record: ImportRecord, now: number): void {
  const byCustomer = new Map<string | undefined, AuditChange[]>();
  for (const { number, before, after } of changes) {
    const subject = `numbers/${number}`;
    const customer = ownerOfChange(before?.customer, after.customer, before !== undefined);
    const others = byCustomer.get(customer) ?? [];
    others.push({ subject, before: before ?? null, after });
    byCustomer.set(customer, others);
  }
  for (const [customer, entries] of byCustomer) {
    draft.audit({
      at: now,
      by: record.by as Actor,
      action: 'imports.apply',
      changes: entries,
      ...(customer === undefined ? {} : { customer }),
      ...(record.reason === undefined ? {} : { reason: record.reason }),
    });
  }
}

function advanced(record: ImportRecord, { counts }: Verdict, chunksDone: number, now: number): ImportRecord {
  return {
    ...record,
    chunksDone,
    created: record.created + counts.created,
    changed: record.changed + counts.changed,
    unchanged: record.unchanged + counts.unchanged,
    rejected: record.rejected + counts.rejected,
    ...(chunksDone >= record.chunks ? { state: 'done' as const, endedAt: now } : {}),
  };
}

/** The rows that were staged are gone, after more than a week without a worker: the import ends and says so. */
function lost(record: ImportRecord): Verdict {
  const missing = record.rows - record.created - record.changed - record.unchanged - record.rejected;
  const rejected = [rejectedRow(0, 'internal', `${missing} rows were no longer there to be taken; import them again`)];
  return { changes: [], rejected, plans: new Map(), counts: { created: 0, changed: 0, unchanged: 0, rejected: missing } };
}

async function nextVerdict({ store, lists }: ApplyDeps, id: string, record: ImportRecord): Promise<{ verdict: Verdict; chunksDone: number }> {
  if (record.chunksDone >= record.chunks) return { verdict: await judge(store, []), chunksDone: record.chunks };
  const rows = await lists.chunk(id, record.chunksDone);
  return rows ? { verdict: await judge(store, rows), chunksDone: record.chunksDone + 1 } : { verdict: lost(record), chunksDone: record.chunks };
}

/** `now` in milliseconds since 1970. Throws `store_unavailable`, or `write_contended` when others keep changing the same numbers. */
export async function applyNextChunk(deps: ApplyDeps, id: string, now: number): Promise<Applied> {
  const { store, lists } = deps;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await store.find('imports', id);
    if (!found || 'unreadable' in found) return 'gone';
    const { record, revision } = found;
    if (record.state === 'done') {
      await lists.dropRows(id);
      return 'done';
    }
    if (record.state !== 'applying') return 'gone';
    const { verdict, chunksDone } = await nextVerdict(deps, id, record);
    const next = advanced(record, verdict, chunksDone, now);
    const draft = createDraft();
    draft.expect('imports', id, revision);
    draft.put('imports', id, next, record);
    putNumbers(draft, verdict);
    for (const row of verdict.rejected) draft.push(keys.importRejected(id), JSON.stringify(row), REJECTED_KEPT_SECONDS);
    auditNumbers(draft, verdict.changes, record, now);
    const committed = await store.commit(draft);
    // Another has applied this chunk; what follows is not this call's to say.
    if ('failed' in committed && committed.failed.subject === `imports/${id}`) return 'more';
    if ('failed' in committed) continue;
    if (next.state === 'applying') return 'more';
    await lists.dropRows(id);
    return 'done';
  }
  throw new Failure('write_contended');
}
