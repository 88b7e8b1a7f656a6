/**
 * Takes an upload in: its rows are staged in Redis while they come, no faster than Redis takes them. Nothing is
 * applied before the last one is there, so an upload that breaks off leaves no trace among the numbers.
 */
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { Failure } from '../domain/errors.ts';
import type { ImportRecord, StagedRow } from '../domain/import.ts';
import { createDraft } from '../store/draft.ts';
import type { Deed } from '../store/edit.ts';
import type { Store } from '../store/store.ts';
import type { Random } from '../system/system.ts';
import type { ImportLists } from './import-lists.ts';
import { createLineSplitter, type Line } from './line-splitter.ts';
import { createRowReader } from './row-reader.ts';

export interface ReceiveDeps {
  store: Store;
  lists: ImportLists;
  random: Random;
  log: Pick<Logger, 'warn'>;
}

export interface Upload {
  format: ImportRecord['format'];
  body: Readable;
  deed: Deed;
}

const CHUNK_ROWS = 200;
/** Lines of a chunk together, characters: long lines make smaller chunks. */
const CHUNK_CHARACTERS = 262_144;

/** Sortable by start: `20261121t031502123z-9f3c2a41`. */
export function newImportId(at: number, random: Random): string {
  return `${new Date(at).toISOString().replace(/[-:.]/g, '').toLowerCase()}-${random.bytes(4).toString('hex')}`;
}

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

function openedBy({ format, deed }: Upload): ImportRecord {
  const { key, role, customer } = deed.by;
  return {
    state: 'receiving',
    format,
    by: { key, role, ...(customer === undefined ? {} : { customer }) },
    ...(deed.reason === undefined ? {} : { reason: deed.reason }),
    startedAt: deed.at,
    rows: 0,
    chunks: 0,
    chunksDone: 0,
    created: 0,
    changed: 0,
    unchanged: 0,
    rejected: 0,
  };
}

/** Writes the record anew; false when another has changed it meanwhile. */
async function rewrite(store: Store, id: string, revision: number, before: ImportRecord, after: ImportRecord, deed?: Deed): Promise<boolean> {
  const draft = createDraft();
  draft.expect('imports', id, revision);
  draft.put('imports', id, after, before);
  if (deed) draft.audit({ ...deed, action: 'imports.create', changes: [{ subject: `imports/${id}`, before: null, after: { format: after.format, rows: after.rows } }] });
  return 'revision' in (await store.commit(draft));
}

/** An import that is being received. */
async function open({ store, lists, log }: ReceiveDeps, id: string, upload: Upload) {
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
    async complete(): Promise<number> {
      await flush();
      const kept = await rewrite(store, id, committed.revision, record, { ...record, state: 'applying', rows, chunks }, upload.deed);
      if (!kept) throw new Failure('upload_aborted', 'The upload took too long and was given up');
      return rows;
    },
    /** At best: what is left of it otherwise is found and ended later (src/imports/recover.ts). */
    async abort(): Promise<void> {
      try {
        await rewrite(store, id, committed.revision, record, { ...record, state: 'aborted', endedAt: upload.deed.at });
        await lists.dropRows(id);
      } catch (error) {
        log.warn({ err: error, import: id }, 'an aborted import could not be marked as such yet');
      }
    },
  };
}

/** Throws `import_header_invalid`, `upload_aborted` or `store_unavailable`; then nothing of the upload is taken. */
export async function receiveImport(deps: ReceiveDeps, upload: Upload): Promise<{ id: string; rows: number }> {
  const id = newImportId(upload.deed.at, deps.random);
  const reader = createRowReader(upload.format);
  let receiving: Awaited<ReturnType<typeof open>> | undefined;
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
    return { id, rows: await receiving.complete() };
  } catch (error) {
    await receiving?.abort();
    throw error;
  }
}
