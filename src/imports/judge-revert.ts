/** Judges one chunk of a revert: each number that still is as the import left it goes back to what it was before. */
import type { RejectedRow } from '../domain/import.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { encodeNumber } from '../store/codec.ts';
import type { Store } from '../store/store.ts';
import { recordOf, UNREADABLE, type Image } from './images.ts';
import type { ShownChange } from './import-lists.ts';
import { lookUp, lookUpReferences, referenceFault } from './references.ts';
import { sampleOf, type NumberChange, type Verdict } from './verdict.ts';

const leftAlone = (number: string, code: ErrorCode, detail: string): RejectedRow => ({ line: 0, number, code, detail });

/**
 * `left` are the numbers of this chunk that an earlier step of the revert has left alone: a file may name a number
 * twice, and what was changed since its last row must not be undone to its first. `names` are those left alone now.
 */
export async function judgeRevert(store: Store, images: readonly Image[], left: ReadonlySet<string>): Promise<Verdict> {
  const befores = images.map(({ before }) => (before === undefined || before === UNREADABLE ? undefined : recordOf(before)));
  const [known, stored] = await Promise.all([lookUpReferences(store, befores.filter((record) => record !== undefined)), lookUp(store, 'numbers', images.map(({ number }) => number))]);
  const changes: NumberChange[] = [];
  const rejected: RejectedRow[] = [];
  const counts = { created: 0, changed: 0, unchanged: 0, removed: 0 };
  const samples = { created: [] as ShownChange[], changed: [] as ShownChange[], unchanged: [] as ShownChange[], removed: [] as ShownChange[] };
  const names: string[] = [];

  function faultOf({ number, before, after: wanted }: Image, record: NumberRecord | undefined, current: string | undefined): RejectedRow | undefined {
    if (current !== wanted || left.has(number)) return leftAlone(number, 'import_conflict', 'it was changed since the import');
    if (before !== undefined && !record) return leftAlone(number, 'record_unreadable', 'what it was before the import could not be read');
    const fault = record && referenceFault(record, known);
    return fault && leftAlone(number, fault.code, fault.detail);
  }

  for (const [at, image] of images.entries()) {
    const { number } = image;
    const found = stored.get(number);
    const unreadable = found !== undefined && 'unreadable' in found;
    const now = found && 'record' in found ? found.record : undefined;
    const current = unreadable ? UNREADABLE : now && encodeNumber(now);
    const back = befores[at];
    if (current !== image.after && current === image.before && !unreadable) {
      counts.unchanged += 1;
      samples.unchanged.push(sampleOf({ number, before: now, after: now }));
      names.push(number);
      continue;
    }
    const fault = faultOf(image, back, current);
    if (fault) {
      rejected.push(fault);
      names.push(number);
      continue;
    }
    const kind = back === undefined ? 'removed' : now === undefined ? 'created' : 'changed';
    counts[kind] += 1;
    samples[kind].push(sampleOf({ number, before: now, after: back }));
    changes.push({ number, found, before: now, after: back });
  }
  return { changes, rejected, plans: known.plans, counts: { ...counts, rejected: rejected.length }, samples, names, customers: [], nameless: 0 };
}
