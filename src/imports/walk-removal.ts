/**
 * One page of the walk over the numbers of the customers that a complete file names: those that are not in the file are
 * counted, and in a second walk removed. The file's numbers are noted before the walk begins (src/imports/named.ts).
 */
import type { ImportRecord, RemovalRefusal, RemovalWalk } from '../domain/import.ts';
import { indexName } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import type { Named } from './named.ts';
import { NO_COUNTS, NOTHING, sampleOf, type NumberChange, type Verdict } from './verdict.ts';

export interface WalkDeps {
  store: Store;
  named: Named;
}

export interface WalkStep {
  walk: RemovalWalk;
  verdict: Verdict;
  ended: boolean;
}

const PAGE_NUMBERS = 200;
/** Of one customer's numbers; above it a removal needs `allowRemoving`. */
export const REMOVAL_SHARE = 0.2;

export function beginWalk(deleting: boolean): RemovalWalk {
  return { deleting, looked: 0, found: 0, lookedHere: 0, foundHere: 0 };
}

async function customerAfter({ named }: WalkDeps, id: string, { customer }: ImportRecord, after: string | undefined): Promise<string | undefined> {
  if (customer === undefined) return named.customerAfter(id, after);
  return after === undefined ? customer : undefined;
}

function shareRefusal(walk: RemovalWalk, { allowRemoving }: ImportRecord): RemovalRefusal | undefined {
  if (allowRemoving !== undefined || walk.foundHere <= REMOVAL_SHARE * walk.lookedHere || walk.customer === undefined) return undefined;
  return { because: 'share', customer: walk.customer, removed: walk.foundHere, of: walk.lookedHere };
}

function refusalAtEnd(walk: RemovalWalk, { nameless, allowRemoving }: ImportRecord): RemovalRefusal | undefined {
  if (nameless > 0 && walk.found > 0) return { because: 'unreadable-rows', removed: walk.found, of: nameless };
  if (allowRemoving !== undefined && walk.found > allowRemoving) return { because: 'limit', removed: walk.found, of: walk.looked };
  return walk.refusal;
}

async function goneOf({ store, named }: WalkDeps, id: string, shards: number, customer: string, page: readonly string[]): Promise<NumberChange[]> {
  const held = await named.holds(id, shards, page);
  const numbers = page.filter((_, at) => !held[at]);
  const found = await store.findMany('numbers', numbers);
  return numbers.flatMap((number, at) => {
    const one = found[at];
    // What cannot be read is nobody's to remove; what belongs to another by now is not this customer's.
    return one && 'record' in one && one.record.customer === customer ? [{ number, found: one, before: one.record, after: undefined }] : [];
  });
}

function verdictOf(gone: readonly NumberChange[], deleting: boolean): Verdict {
  return { ...NOTHING, changes: deleting ? gone : [], counts: { ...NO_COUNTS, removed: gone.length }, samples: { removed: gone.map(sampleOf) } };
}

/** `record.walk` is there. */
export async function walkOn(deps: WalkDeps, id: string, record: ImportRecord): Promise<WalkStep> {
  const walk = record.walk ?? beginWalk(false);
  // The noted numbers ran out meanwhile: to go on would remove all that there is.
  if (record.chunks > 0 && !(await deps.named.isWhole(id))) {
    return { walk: { ...walk, refusal: { because: 'unreadable-rows', removed: walk.found, of: record.rows } }, verdict: NOTHING, ended: true };
  }
  const customer = walk.customer ?? (await customerAfter(deps, id, record, undefined));
  if (customer === undefined) return { walk, verdict: NOTHING, ended: true };
  const page = await deps.store.page(indexName('numbers', customer), walk.number, PAGE_NUMBERS);
  const gone = await goneOf(deps, id, record.chunks, customer, page);
  const { number: _number, ...rest } = walk;
  const here: RemovalWalk = {
    ...rest,
    customer,
    looked: walk.looked + page.length,
    found: walk.found + gone.length,
    lookedHere: walk.lookedHere + page.length,
    foundHere: walk.foundHere + gone.length,
  };
  const verdict = verdictOf(gone, walk.deleting);
  const last = page.at(-1);
  if (page.length === PAGE_NUMBERS && last !== undefined) return { walk: { ...here, number: last }, verdict, ended: false };
  const refusal = walk.refusal ?? shareRefusal(here, record);
  const next = await customerAfter(deps, id, record, customer);
  const left = { ...here, lookedHere: 0, foundHere: 0, ...(refusal ? { refusal } : {}) };
  if (next !== undefined) return { walk: { ...left, customer: next }, verdict, ended: false };
  const final = refusalAtEnd(left, record);
  return { walk: { ...left, ...(final ? { refusal: final } : {}) }, verdict, ended: true };
}
