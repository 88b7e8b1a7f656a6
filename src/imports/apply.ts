/**
 * Brings an import on by one chunk. What the chunk does to numbers, its refused rows, its images and the import's own
 * progress are one commit, conditional on the progress that was read: a crash at any instant, or two that work on one
 * import, lose and double nothing.
 *
 *     receiving ─┬─► applying ─┬─────────────────────────────► done
 *                │             └─► removing (complete) ──────► done
 *                ├─► judging ──┬─► done (dry run)
 *                │             ├─► waiting (confirm, or for a second admin) ─┬─► applying, as above
 *                │             │                                             └─► cancelled │ expired
 *                │             └─► applying (complete, or where a second admin might have been needed), as above │ refused
 *                └─► aborted
 *
 * Nothing is written to numbers but in `applying` and `removing`. A complete import walks its customers' numbers three
 * times: at the end of `judging`; again in `removing`, since they may have changed; then to delete. A revert begins in
 * `applying`, or `waiting` for a second admin. What people decide is in src/imports/decide.ts; an upload's own end in src/imports/receive.ts.
 */
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { Failure } from '../domain/errors.ts';
import type { ImportCounts, ImportRecord, ImportState } from '../domain/import.ts';
import { createDraft, type Draft } from '../store/draft.ts';
import type { Store } from '../store/store.ts';
import { rejectedRow } from './check-row.ts';
import type { ImportLists, When } from './import-lists.ts';
import { judgeRevert } from './judge-revert.ts';
import { judgeRows } from './judge-rows.ts';
import { limitRedirected, redirectedBy } from './redirects.ts';
import { askSecondAdmin, openImportGate, type ImportGate } from './second-admin.ts';
import { readRows, type RowSource } from './row-source.ts';
import { added, NO_COUNTS, NOTHING, type Verdict } from './verdict.ts';
import { beginWalk, walkOn } from './walk-removal.ts';
import { writeVerdict } from './write-verdict.ts';

export interface ApplyDeps {
  store: Store;
  /** Reads ahead; without one each chunk is read when it is its turn. */
  ahead?: RowSource;
  /** The destination policy in force; without one no row is refused for its plan. */
  policy?(): DestinationPolicy;
  lists: Pick<ImportLists, 'chunk' | 'dropRows' | 'image' | 'named'>;
}

/** `waiting`: a person decides how it goes on. `gone`: there is nothing to do, because the import is not there, ended otherwise or is still coming in. */
export type Applied = 'more' | 'waiting' | 'done' | 'gone';

interface Step {
  verdict: Verdict;
  next: ImportRecord;
}

/** Tries of one chunk against writers that change what it touches. */
const TRIES = 8;

const ENDED: readonly ImportState[] = ['done', 'refused', 'cancelled', 'expired', 'aborted'];

/** An ended import has nothing more to come. */
export const hasEnded = ({ state }: ImportRecord): boolean => ENDED.includes(state);

/** Where the lists of an import are that belong to its state. */
export function whenOf({ state, dryRun }: ImportRecord): When {
  return state === 'applying' || state === 'removing' || (state === 'done' && !dryRun) ? 'applied' : 'judged';
}

export function countsOf({ created, changed, unchanged, rejected, removed }: ImportRecord): ImportCounts {
  return { created, changed, unchanged, rejected, removed };
}

/** From judging to applying: what was judged is kept, and counting begins anew. */
export function startApplying(record: ImportRecord, now: number): ImportRecord {
  const { walk: _walk, removalRefused: _refused, redirected, ...rest } = record;
  return { ...rest, ...(redirected === undefined ? {} : { mayRedirect: redirected }), state: 'applying', stateAt: now, judged: countsOf(record), ...NO_COUNTS, nameless: 0, chunksDone: 0 };
}

function ended(record: ImportRecord, state: 'done' | 'refused', now: number): ImportRecord {
  const { walk, ...rest } = record;
  return { ...rest, state, stateAt: now, endedAt: now, ...(walk?.refusal ? { removalRefused: walk.refusal } : {}) };
}

function afterJudging(record: ImportRecord, now: number): ImportRecord {
  if (record.dryRun) return ended(record, 'done', now);
  const { walk, ...rest } = record;
  const refusal = walk?.refusal;
  if (refusal && !record.confirm) return ended(record, 'refused', now);
  // For a person; or whether that is needed is told from what was counted (letThrough).
  if (record.confirm || record.redirected !== undefined) return { ...rest, state: 'waiting', stateAt: now, ...(refusal ? { removalRefused: refusal } : {}) };
  return startApplying(record, now);
}

/** After the last row. */
function afterRows(record: ImportRecord, now: number): ImportRecord {
  if (record.chunksDone < record.chunks) return record;
  if (record.state === 'judging') return record.complete ? { ...record, walk: beginWalk(false) } : afterJudging(record, now);
  return record.complete ? { ...record, state: 'removing', stateAt: now, walk: beginWalk(false) } : ended(record, 'done', now);
}

/** What was kept of the file, or of the import to revert, is gone: after more than a week without a worker. */
function lost(record: ImportRecord): Verdict {
  const missing = record.rows - record.created - record.changed - record.unchanged - record.rejected - (record.kind === 'revert' ? record.removed : 0);
  const rejected = [rejectedRow(0, 'internal', `${missing} rows were no longer there to be taken; import them again`)];
  return { ...NOTHING, rejected, counts: { ...NO_COUNTS, rejected: missing }, nameless: missing };
}

async function fileChunk({ store, lists, ahead, policy }: ApplyDeps, id: string, record: ImportRecord): Promise<Verdict | undefined> {
  const rows = await (ahead ? ahead.rows(id, record.chunksDone, record.chunks) : readRows(lists, id, record.chunksDone));
  if (!rows) return undefined;
  const verdict = await judgeRows(store, rows, policy?.());
  if (record.state === 'judging' && record.complete) await lists.named.note(id, record.chunks, { numbers: verdict.names, customers: verdict.customers });
  return verdict;
}

/** Counts what the changes lead elsewhere, and leaves out what is more than was judged and approved. */
async function weighed({ store, policy }: ApplyDeps, record: ImportRecord, verdict: Verdict): Promise<Verdict> {
  if (!policy || policy().approval.numbers === 0) return verdict;
  const redirected = await redirectedBy(store, verdict.changes);
  // While it is judged what is removed is counted, and is no change yet.
  if (record.state === 'judging') return { ...verdict, redirected: redirected.size + verdict.counts.removed };
  if (record.mayRedirect === undefined) return { ...verdict, redirected: redirected.size };
  return limitRedirected(verdict, redirected, Math.max(0, record.mayRedirect - (record.redirected ?? 0)));
}

const withRedirected = ({ redirected = 0 }: ImportRecord, verdict: Verdict): Pick<ImportRecord, 'redirected'> => (verdict.redirected === undefined ? {} : { redirected: redirected + verdict.redirected });

/** The last change goes back first. */
async function revertChunk({ store, lists }: ApplyDeps, id: string, record: ImportRecord): Promise<Verdict | undefined> {
  const images = record.reverts === undefined ? undefined : await lists.image(record.reverts, record.chunks - 1 - record.chunksDone);
  if (!images) return undefined;
  const numbers = images.map(({ number }) => number);
  const leftBefore = record.rejected + record.unchanged > 0 ? await lists.named.holds(id, record.chunks, numbers) : [];
  const verdict = await judgeRevert(store, images, new Set(numbers.filter((_, at) => leftBefore[at])));
  if (verdict.names.length > 0) await lists.named.note(id, record.chunks, { numbers: verdict.names, customers: [] });
  return verdict;
}

async function takeRows(deps: ApplyDeps, id: string, record: ImportRecord, now: number): Promise<Step> {
  if (record.chunksDone >= record.chunks) return { verdict: NOTHING, next: afterRows(record, now) };
  const found = await (record.kind === 'revert' ? revertChunk : fileChunk)(deps, id, record);
  const verdict = await weighed(deps, record, found ?? lost(record));
  const chunksDone = found ? record.chunksDone + 1 : record.chunks;
  const images = record.images + (record.state === 'applying' && verdict.changes.length > 0 ? 1 : 0);
  const next: ImportRecord = { ...record, ...added(countsOf(record), verdict.counts), ...withRedirected(record, verdict), chunksDone, images, nameless: record.nameless + verdict.nameless };
  return { verdict, next: afterRows(next, now) };
}

function afterWalk(record: ImportRecord, walk: NonNullable<ImportRecord['walk']>, now: number): ImportRecord {
  const walked = { ...record, walk };
  if (record.state === 'judging') return afterJudging(walked, now);
  if (walk.deleting || walk.refusal || walk.found === 0) return ended(walked, 'done', now);
  return { ...record, walk: beginWalk(true) };
}

async function walkNumbers(deps: ApplyDeps, id: string, record: ImportRecord, now: number): Promise<Step> {
  const { walk, verdict, ended: atEnd } = await walkOn({ store: deps.store, named: deps.lists.named }, id, record);
  // In `removing` what is merely counted is no removal yet.
  const counted = await weighed(deps, record, record.state === 'judging' || walk.deleting ? verdict : NOTHING);
  const images = record.images + (counted.changes.length > 0 ? 1 : 0);
  const next: ImportRecord = { ...record, ...added(countsOf(record), counted.counts), ...withRedirected(record, counted), images };
  return { verdict: counted, next: atEnd ? afterWalk(next, walk, now) : { ...next, walk } };
}

function stepOf(deps: ApplyDeps, id: string, record: ImportRecord, now: number): Promise<Step> {
  return record.walk ? walkNumbers(deps, id, record, now) : takeRows(deps, id, record, now);
}

/** What was judged goes on by itself, unless a person has to decide it. `gate` is undefined where no second admin is asked for. */
async function letThrough({ store }: ApplyDeps, id: string, { next, gate, now }: { next: ImportRecord; gate: ImportGate | undefined; now: number }): Promise<{ next: ImportRecord; also?(draft: Draft): void }> {
  const numbers = next.redirected ?? 0;
  if (gate?.holds(numbers)) return { next: { ...next, approvalNeeded: true }, also: await askSecondAdmin(store, id, next, gate, now) };
  if (next.confirm) return { next };
  return { next: startApplying(next, now), also: (draft) => gate?.account.charge(draft, numbers) };
}

/** What an ended import needs no more. */
export async function dropAll({ lists }: { lists: Pick<ImportLists, 'dropRows' | 'named'> }, id: string, { complete, kind, chunks }: ImportRecord): Promise<void> {
  await lists.dropRows(id);
  if (complete || kind === 'revert') await lists.named.drop(id, chunks);
}

/** `now` in milliseconds since 1970. Throws `store_unavailable`, or `write_contended` when others keep changing the same numbers. */
export async function applyNextChunk(deps: ApplyDeps, id: string, now: number): Promise<Applied> {
  const { store } = deps;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await store.find('imports', id);
    if (!found || 'unreadable' in found) return 'gone';
    const { record, revision } = found;
    if (hasEnded(record)) {
      await dropAll(deps, id, record);
      return record.state === 'done' ? 'done' : 'gone';
    }
    if (record.state === 'waiting') return 'waiting';
    if (record.state === 'receiving') return 'gone';
    const gate = await openImportGate(store, deps.policy?.(), (record.appliedBy ?? record.by).key, now);
    const { verdict, next: stepped } = await stepOf(deps, id, record, now);
    const judged = record.state === 'judging' && stepped.state === 'waiting';
    const { next, also } = judged ? await letThrough(deps, id, { next: stepped, gate, now }) : { next: stepped };
    const draft = createDraft();
    draft.expect('imports', id, revision);
    draft.put('imports', id, next, record);
    also?.(draft);
    // It was reckoned with when it began; but what the same key does at the same moment must be counted after it.
    if (!judged && whenOf(record) === 'applied' && verdict.changes.length > 0) gate?.account.charge(draft, 0);
    await writeVerdict(draft, { id, before: record, when: whenOf(record), verdict, now });
    const committed = await store.commit(draft);
    // Another has taken this chunk; what follows is not this call's to say.
    if ('failed' in committed && committed.failed.subject === `imports/${id}`) return 'more';
    if ('failed' in committed) continue;
    if (next.state === 'waiting') return 'waiting';
    if (!hasEnded(next)) return 'more';
    await dropAll(deps, id, next);
    return 'done';
  }
  throw new Failure('write_contended');
}
