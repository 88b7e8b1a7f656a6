/** Files of numbers: imports, which are taken in the background, and exports, which give the same columns back. */
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import { ImportSchema, type ImportRecord } from '../../domain/import.ts';
import { Id, Instant, Strict } from '../../domain/schema.ts';
import { exportNumbers } from '../../imports/export-numbers.ts';
import type { ImportQueue } from '../../imports/queue.ts';
import { receiveImport, type ReceiveDeps } from '../../imports/receive.ts';
import type { Clock } from '../../system/system.ts';
import { maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, PageQuery } from '../paging.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf } from '../resource.ts';

export interface ImportRouteDeps extends ReceiveDeps {
  queue: ImportQueue;
  clock: Clock;
}

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';
/** Refused rows that come with an import itself; all of them are at `/rejected`. */
const REJECTED_SHOWN = 100;

const tags = ['Imports'];
const admin = { role: 'admin', scope: 'provider' } as const;
const viewer = { role: 'viewer', scope: 'provider' } as const;

const { chunks: _chunks, chunksDone: _chunksDone, ...shownProperties } = ImportSchema.properties;
const ShownSchema = Type.Object({ id: Type.String(), ...shownProperties, startedAt: Instant, endedAt: Type.Optional(Instant) });
const RejectedSchema = Type.Object({ line: Type.Integer(), code: Type.String(), detail: Type.String() });
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

function shown(id: string, { chunks: _one, chunksDone: _other, startedAt, endedAt, ...record }: ImportRecord) {
  return { id, ...record, startedAt: new Date(startedAt).toISOString(), ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }) };
}

function formatOf(request: FastifyRequest): ImportRecord['format'] {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const encoding = request.headers['content-encoding'];
  if ((encoding !== undefined && encoding !== 'identity') || !(request.body instanceof Readable) || (type !== CSV && type !== NDJSON)) {
    throw new Failure('media_type_unsupported', `Send ${CSV} or ${NDJSON}, not compressed`);
  }
  return type === CSV ? 'csv' : 'ndjson';
}

/** Of the two, the one that `Accept` names first; CSV when it names none. */
function acceptedFormat(accept: string | undefined): ImportRecord['format'] {
  const named = accept?.split(',').map((range) => range.split(';')[0]?.trim().toLowerCase()) ?? [];
  return named.find((type) => type === CSV || type === NDJSON) === NDJSON ? 'ndjson' : 'csv';
}

/** In a scope of its own: there the body of any length is handed through as it comes. */
function uploadRoute(app: App, deps: ImportRouteDeps): void {
  void app.register(async (plain) => {
    const scope = plain.withTypeProvider<TypeBoxTypeProvider>();
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([CSV, NDJSON], (_request, body, done) => done(null, body));
    scope.route({
      method: 'POST',
      url: '/v1/imports',
      config: { access: admin },
      schema: {
        tags,
        summary: 'Import numbers from a file: good rows are taken, bad ones are named',
        consumes: [CSV, NDJSON],
        response: { 202: Type.Object({ id: Type.String(), state: ImportSchema.properties.state, rows: Type.Integer() }), default: ProblemSchema },
      },
      async handler(request, reply) {
        const format = formatOf(request);
        const { id, rows } = await receiveImport(deps, { format, body: request.body as Readable, deed: deedOf(request, deps.clock) });
        try {
          await deps.queue.add(id);
        } catch (error) {
          // It is all there: the workers look for imports without a job (workers/import.ts).
          deps.log.warn({ err: error, import: id }, 'an import could not be queued and will be found later');
        }
        void reply.code(202).header('location', `/v1/imports/${id}`);
        return { id, state: 'applying' as const, rows };
      },
    });
  });
}

function readRoutes(app: App, { store, lists }: ImportRouteDeps): void {
  async function importOf(id: string): Promise<ImportRecord> {
    const found = await store.find('imports', id);
    if (!found) throw new Failure('not_found');
    if ('unreadable' in found) throw new Failure('record_unreadable');
    return found.record;
  }

  app.route({
    method: 'GET',
    url: '/v1/imports',
    config: { access: viewer },
    schema: { tags, summary: 'List imports, the newest first', querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(ShownSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const ids = await lists.newest(decodeCursor(cursor, 1)?.[0], limit);
      const found = await store.findMany('imports', ids);
      const items = ids.flatMap((id, at) => {
        const one = found[at];
        return one && 'record' in one ? [shown(id, one.record)] : [];
      });
      const last = ids.at(-1);
      return { items, ...(ids.length === limit && last !== undefined ? { next: encodeCursor([last]) } : {}) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/imports/:id',
    config: { access: viewer },
    schema: { tags, summary: 'Get an import: its counts and the first rejected rows', params, response: { 200: Type.Object({ ...ShownSchema.properties, rejectedRows: Type.Array(RejectedSchema) }), default: ProblemSchema } },
    async handler(request) {
      const { id } = request.params;
      const record = await importOf(id);
      return { ...shown(id, record), rejectedRows: await lists.rejected(id, 0, REJECTED_SHOWN) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/imports/:id/rejected',
    config: { access: viewer },
    schema: { tags, summary: 'List the rejected rows of an import', params, querystring: Strict(PageQuery), response: { 200: Type.Object({ items: Type.Array(RejectedSchema), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    async handler(request) {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const from = Number(decodeCursor(cursor, 1)?.[0] ?? 0);
      if (!Number.isSafeInteger(from) || from < 0) throw new Failure('cursor_invalid');
      await importOf(request.params.id);
      const items = await lists.rejected(request.params.id, from, limit);
      return { items, ...(items.length === limit ? { next: encodeCursor([String(from + limit)]) } : {}) };
    },
  });
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (!first.done) yield first.value;
  yield* rest;
}

function exportRoute(app: App, { store, log }: ImportRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/exports/numbers',
    // The answer to a HEAD would read every number for nothing.
    exposeHeadRoute: false,
    config: { access: { role: 'viewer', scope: 'customer' } },
    schema: { tags, summary: 'Export numbers, with the columns of an import', querystring: Strict({ customer: Type.Optional(Id) }), produces: [CSV, NDJSON], response: { 200: Type.Unsafe<unknown>({ type: 'string', description: 'The file' }), default: ProblemSchema } },
    async handler(request, reply) {
      const { actor, query } = request;
      if (query.customer !== undefined && (!maySee(actor, query.customer) || !(await store.find('customers', query.customer)))) throw new Failure('not_found', 'No such customer');
      const customer = query.customer ?? actor.customer;
      const format = acceptedFormat(request.headers.accept);
      const onUnreadable = (count: number): void => log.warn({ count }, 'an export leaves out numbers that cannot be read');
      const pages = exportNumbers(store, { format, onUnreadable, ...(customer === undefined ? {} : { customer }) });
      // What fails at once is answered as a problem; what fails later cuts the connection, so that no part passes for the whole.
      const first = await pages.next();
      void reply
        .type(format === 'csv' ? `${CSV}; charset=utf-8; header=present` : NDJSON)
        .header('content-disposition', `attachment; filename="numbers.${format}"`)
        .header('cache-control', 'no-store');
      return reply.send(Readable.from(resumed(first, pages), { objectMode: false }));
    },
  });
}

export function importRoutes(app: App, deps: ImportRouteDeps): void {
  uploadRoute(app, deps);
  readRoutes(app, deps);
  exportRoute(app, deps);
}
