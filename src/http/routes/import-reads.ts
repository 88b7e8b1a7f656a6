/** What can be read of imports: how far they are, what they change, which rows they refuse. */
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import { CHANGE_KINDS, ImportSchema, type ImportRecord } from '../../domain/import.ts';
import { iso } from '../../domain/instant.ts';
import { Instant, Strict } from '../../domain/schema.ts';
import { whenOf } from '../../imports/apply.ts';
import { WAITING_MAX_MS } from '../../imports/decide.ts';
import type { ImportLists } from '../../imports/import-lists.ts';
import { progressOf } from '../../imports/progress.ts';
import type { Store } from '../../store/store.ts';
import type { Clock } from '../../system/system.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';

export interface ImportReadDeps {
  store: Store;
  lists: ImportLists;
  clock: Clock;
}

/** Refused rows that come with an import itself; all of them are at `/rejected`. */
const REJECTED_SHOWN = 100;

const tags = ['Imports'];
const viewer = { role: 'viewer', scope: 'provider' } as const;

const { chunks: _chunks, chunksDone: _chunksDone, walk: _walk, nameless: _nameless, images: _images, mayRedirect: _mayRedirect, stateAt: _stateAt, ...shownProperties } = ImportSchema.properties;

export const ShownImport = Type.Object({
  id: Type.String(),
  ...shownProperties,
  startedAt: Instant,
  endedAt: Type.Optional(Instant),
  expiresAt: Type.Optional(Type.Unsafe<string>({ ...Instant, description: 'While it waits: until when' })),
  rowsDone: Type.Integer({ description: 'Rows judged or taken so far, in the state that it is in' }),
  rowsPerSecond: Type.Optional(Type.Integer()),
  etaSeconds: Type.Optional(Type.Integer({ description: 'Until the last row, at the rate so far' })),
  numbersLookedAt: Type.Optional(Type.Integer({ description: 'While it looks for numbers to remove: how many it has looked at' })),
});
const RejectedSchema = Type.Object({ line: Type.Integer({ description: '0 when it is about no line of the file' }), number: Type.Optional(Type.String({ description: 'Of a revert: the number that was left alone' })), code: Type.String(), detail: Type.String() });
const ChangeSchema = Type.Object({ number: Type.String(), before: Type.Unsafe<unknown>({ description: 'Its record; null when there was none' }), after: Type.Unsafe<unknown>({ description: 'Its record; null when there is none' }) });
export const importParams = Type.Object({ id: Type.String({ maxLength: 64 }) });

export function shownImport(id: string, record: ImportRecord, now: number) {
  const { chunks: _1, chunksDone: _2, walk, nameless: _3, images: _4, mayRedirect: _5, stateAt, startedAt, endedAt, ...rest } = record;
  return {
    id,
    ...rest,
    startedAt: iso(startedAt),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
    ...(record.state === 'waiting' ? { expiresAt: iso(stateAt + WAITING_MAX_MS) } : {}),
    ...progressOf(record, now),
    ...(walk ? { numbersLookedAt: walk.looked } : {}),
  };
}

function fromOf(cursor: string | undefined): number {
  const from = Number(decodeCursor(cursor, 1)?.[0] ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) throw new Failure('cursor_invalid');
  return from;
}

export function importReadRoutes(app: App, { store, lists, clock }: ImportReadDeps): void {
  async function importOf(id: string): Promise<ImportRecord> {
    const found = await store.find('imports', id);
    if (!found) throw new Failure('not_found');
    if ('unreadable' in found) throw new Failure('record_unreadable');
    return found.record;
  }

  const pageOf = <T>(items: T[], from: number, limit: number) => ({ items, ...(items.length === limit ? { next: encodeCursor([String(from + limit)]) } : {}) });

  app.route({
    method: 'GET',
    url: '/v1/imports',
    config: { access: viewer },
    schema: { tags, summary: 'List imports, the newest first', querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(ShownImport), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const ids = await lists.newest(decodeCursor(cursor, 1)?.[0], limit);
      const found = await store.findMany('imports', ids);
      const items = ids.flatMap((id, at) => {
        const one = found[at];
        return one && 'record' in one ? [shownImport(id, one.record, clock.now())] : [];
      });
      const last = ids.at(-1);
      return { items, ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/imports/:id',
    config: { access: viewer },
    schema: { tags, summary: 'Get an import: how far it is, its counts and the first rejected rows', params: importParams, response: { 200: Type.Object({ ...ShownImport.properties, rejectedRows: Type.Array(RejectedSchema) }), default: ProblemSchema } },
    async handler(request) {
      const { id } = request.params;
      const record = await importOf(id);
      return { ...shownImport(id, record, clock.now()), rejectedRows: await lists.rejected(id, 0, REJECTED_SHOWN, whenOf(record)) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/imports/:id/rejected',
    config: { access: viewer },
    schema: { tags, summary: 'List the rejected rows of an import; of a revert, the numbers that it left alone', params: importParams, querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(RejectedSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const from = fromOf(cursor);
      const record = await importOf(request.params.id);
      return pageOf(await lists.rejected(request.params.id, from, limit, whenOf(record)), from, limit);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/imports/:id/changes',
    config: { access: viewer },
    schema: {
      tags,
      summary: 'List the first 100 changes of a kind, from what to what: those it would make while it is judged or waits, those it made after that',
      params: importParams,
      querystring: Strict({ ...PageQuery, kind: Type.Enum([...CHANGE_KINDS]) }),
      response: { 200: Type.Object({ items: Type.Array(ChangeSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema },
    },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor, kind } = request.query;
      const from = fromOf(cursor);
      const record = await importOf(request.params.id);
      return pageOf(await lists.changes(request.params.id, whenOf(record), kind, from, limit), from, limit);
    },
  });
}
