/**
 * Takes an upload in: its rows are staged in Redis while they come, no faster than Redis takes them. Nothing is
 * judged or applied before the last one is there, so an upload that breaks off leaves no trace among the numbers.
 */
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import { Failure } from '../domain/errors.ts';
import type { ImportRecord, ImportState, StagedRow } from '../domain/import.ts';
import { createDraft } from '../store/draft.ts';
import type { Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Random } from '../system/system.ts';
import type { ImportLists } from './import-lists.ts';
import { createLineSplitter, type Line } from './line-splitter.ts';
import { timedId } from '../system/timed-id.ts';
import { whoOf } from './new-import.ts';
import { createRowReader } from './row-reader.ts';
import type { IdempotencyKeys } from '../store/idempotency-keys.ts';
import { NO_COUNTS } from './verdict.ts';

export interface ReceiveDeps {
  store: Store;
  lists: ImportLists;
  uploadKeys: IdempotencyKeys;
  random: Random;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  /** Without one no second admin is ever needed. */
  policy?(): DestinationPolicy;
}

/** How an import goes on once it is there. */
export type ImportOptions = Pick<ImportRecord, 'dryRun' | 'confirm' | 'complete' | 'customer' | 'allowRemoving'>;

export interface Upload {
  format: ImportRecord['format'];
  body: Readable;
  deed: Deed;
  options?: ImportOptions;
  /** Of the `Idempotency-Key`. */
  idempotencyKey?: string;
}

export interface Received {
  id: string;
  state: ImportState;
  rows: number;
}

const CHUNK_ROWS = 200;
/** Lines of a chunk together, characters: long lines make smaller chunks. */
const CHUNK_CHARACTERS = 262_144;

/**
 * The bytes of a body. When reading ends early it is not destroyed, since the client is still to be answered on its
 * connection, and the rest is thrown away, since a body that nobody reads keeps that connection open for ever.
 */
async function* bytesOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new Failure('upload_aborted', undefined, { cause: error });
  } finally {
    body.resume();
  }
}

async function* linesOf(body: Readable): AsyncGenerator<Line[]> {
  const splitter = createLineSplitter();
  for await (const bytes of bytesOf(body)) yield splitter.take(bytes);
  yield splitter.end();
}

function openedBy({ format, deed, options }: Upload): ImportRecord {
  return {
    state: 'receiving',
    kind: 'import',
    format,
    by: whoOf(deed.by),
    ...options,
    stateAt: deed.at,
    ...(deed.reason === undefined ? {} : { reason: deed.reason }),
    startedAt: deed.at,
    rows: 0,
    chunks: 0,
    chunksDone: 0,
    ...NO_COUNTS,
    nameless: 0,
    images: 0,
  };
}

/** Writes the record anew; false when another has changed it meanwhile. */
async function rewrite(store: Store, id: string, revision: number, before: ImportRecord, after: ImportRecord, deed?: Deed): Promise<boolean> {
  const draft = createDraft();
  draft.expect('imports', id, revision);
  draft.put('imports', id, after, before);
  if (deed) draft.audit({ ...deed, action: 'imports.create', changes: [{ subject: `imports/${id}`, before: null, after: { format: after.format, rows: after.rows, state: after.state } }] });
  return 'revision' in (await store.commit(draft));
}

/** True when it never came about. Of two uploads with one key the later may find the earlier unfinished for ever: it ends it. */
async function endIfVoid({ store, lists }: Pick<ReceiveDeps, 'store' | 'lists'>, id: string, now: number): Promise<boolean> {
  const found = await store.find('imports', id);
  if (!found || 'unreadable' in found || found.record.state === 'aborted') return true;
  if (found.record.state !== 'receiving') return false;
  if (!(await rewrite(store, id, found.revision, found.record, { ...found.record, state: 'aborted', stateAt: now, endedAt: now }))) return endIfVoid({ store, lists }, id, now);
  await lists.dropRows(id);
  return true;
}

/** An import that is being received. */
async function open({ store, lists, log, policy }: ReceiveDeps, id: string, upload: Upload) {
  const record = openedBy(upload);
  const draft = createDraft();
  draft.expect('imports', id, 'absent');
  draft.put('imports', id, record, undefined);
  const committed = await store.commit(draft);
  if ('failed' in committed) throw new Failure('write_contended');

  let chunk: StagedRow[] = [];
  let characters = 0;
  let rows = 0;
  let chunks = 0;

  async function flush(): Promise<void> {
    if (chunk.length === 0) return;
    await lists.pushChunk(id, chunk);
    rows += chunk.length;
    chunks += 1;
    chunk = [];
    characters = 0;
  }

  return {
    /** True when there is enough to flush. */
    add(row: StagedRow, length: number): boolean {
      chunk.push(row);
      characters += length;
      return chunk.length >= CHUNK_ROWS || characters >= CHUNK_CHARACTERS;
    },
    flush,
    async complete(now: number): Promise<Received> {
      await flush();
      const { dryRun, confirm, complete } = record;
      // Whether a second admin is needed can be told only of what was judged.
      const counted = policy !== undefined && policy().approval.numbers > 0;
      const state = dryRun || confirm || complete || counted ? 'judging' : 'applying';
      const kept = await rewrite(store, id, committed.revision, record, { ...record, state, stateAt: now, rows, chunks }, upload.deed);
      if (!kept) throw new Failure('upload_aborted', 'The upload took too long, or another with the same key was faster');
      return { id, state, rows };
    },
    /** At best: what is left of it otherwise is found and ended later (src/imports/recover.ts). */
    async abort(): Promise<void> {
      try {
        await rewrite(store, id, committed.revision, record, { ...record, state: 'aborted', stateAt: upload.deed.at, endedAt: upload.deed.at });
        await lists.dropRows(id);
      } catch (error) {
        log.warn({ err: error, import: id }, 'an aborted import could not be marked as such yet');
      }
    },
  };
}

async function acceptedBefore({ store, uploadKeys }: ReceiveDeps, key: string): Promise<Received | undefined> {
  const isVoid = async (id: string): Promise<boolean> => {
    const found = await store.find('imports', id);
    // One that is still coming in is settled when this upload is complete.
    return !found || 'unreadable' in found || found.record.state === 'aborted' || found.record.state === 'receiving';
  };
  const id = await uploadKeys.holder(key, isVoid);
  return id === undefined ? undefined : receivedAs(store, id);
}

async function receivedAs(store: Store, id: string): Promise<Received> {
  const found = await store.findKept('imports', id);
  if (!found || 'unreadable' in found) throw new Failure('record_unreadable');
  return { id, state: found.record.state, rows: found.record.rows };
}

type Receiving = Awaited<ReturnType<typeof open>>;

/** The import that is accepted: this one, or the one that another upload with the same key has become. */
async function accept(deps: ReceiveDeps, id: string, receiving: Receiving, { idempotencyKey }: Upload): Promise<Received> {
  const now = deps.clock.now();
  if (idempotencyKey !== undefined) {
    const holder = await deps.uploadKeys.claim(idempotencyKey, id, (other) => endIfVoid(deps, other, now));
    if (holder !== id) {
      await receiving.abort();
      return receivedAs(deps.store, holder);
    }
  }
  return receiving.complete(now);
}

/** Throws `import_header_invalid`, `upload_aborted` or `store_unavailable`; then nothing of the upload is taken. */
export async function receiveImport(deps: ReceiveDeps, upload: Upload): Promise<Received> {
  const before = upload.idempotencyKey === undefined ? undefined : await acceptedBefore(deps, upload.idempotencyKey);
  if (before) {
    upload.body.resume();
    return before;
  }
  const id = timedId(upload.deed.at, deps.random);
  const reader = createRowReader(upload.format);
  let receiving: Receiving | undefined;
  try {
    for await (const lines of linesOf(upload.body)) {
      for (const line of lines) {
        const row = reader.read(line);
        // Only once the header is good: a file of another kind is no import at all.
        receiving ??= await open(deps, id, upload);
        if (row && receiving.add(row, 'text' in line ? line.text.length : 0)) await receiving.flush();
      }
    }
    reader.end();
    receiving ??= await open(deps, id, upload);
    return await accept(deps, id, receiving, upload);
  } catch (error) {
    await receiving?.abort();
    throw error;
  }
}
