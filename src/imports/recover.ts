/** Finds imports that nobody is working on: those whose job was lost with a crash, uploads whose process died, and those that have waited for too long. */
import { createDraft } from '../store/draft.ts';
import type { Store } from '../store/store.ts';
import { expireImport, WAITING_MAX_MS } from './decide.ts';
import type { ImportLists } from './import-lists.ts';
import type { ImportQueue } from './queue.ts';

export interface RecoverDeps {
  store: Store;
  lists: ImportLists;
  queue: ImportQueue;
}

/** An upload that is still coming in after this long has no process any more, milliseconds. */
const UPLOAD_MAX_MS = 86_400_000;
const PAGE = 100;

async function abortLeftOver({ store, lists }: RecoverDeps, id: string, now: number): Promise<void> {
  const found = await store.find('imports', id);
  if (!found || 'unreadable' in found || found.record.state !== 'receiving') return;
  const draft = createDraft();
  draft.expect('imports', id, found.revision);
  draft.put('imports', id, { ...found.record, state: 'aborted', stateAt: now, endedAt: now }, found.record);
  if ('revision' in (await store.commit(draft))) await lists.dropRows(id);
}

/** Looks at the newest imports, `atMost` of them or all. Adding a job that is there already changes nothing. */
export async function recoverImports(deps: RecoverDeps, now: number, atMost = Number.POSITIVE_INFINITY): Promise<void> {
  let before: string | undefined;
  for (let seen = 0; seen < atMost; seen += PAGE) {
    const ids = await deps.lists.newest(before, PAGE);
    const found = await deps.store.findMany('imports', ids);
    for (const [at, id] of ids.entries()) {
      const one = found[at];
      if (!one || 'unreadable' in one) continue;
      const { state, stateAt, startedAt } = one.record;
      if (state === 'judging' || state === 'applying' || state === 'removing') await deps.queue.add(id);
      if (state === 'waiting' && now - stateAt > WAITING_MAX_MS) await expireImport(deps, id, now);
      if (state === 'receiving' && now - startedAt > UPLOAD_MAX_MS) await abortLeftOver(deps, id, now);
    }
    before = ids.at(-1);
    if (ids.length < PAGE) return;
  }
}
