/** Exports: files of numbers with the columns of an import. */
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import type { ImportRecord } from '../../domain/import.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { exportNumbers } from '../../imports/export-numbers.ts';
import type { Store } from '../../store/store.ts';
import { maySee } from '../access.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';

export interface ExportRouteDeps {
  store: Store;
  log: Pick<Logger, 'warn'>;
}

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';
const tags = ['Imports'];

/** Of the two, the one that `Accept` names first; CSV when it names none. */
function acceptedFormat(accept: string | undefined): ImportRecord['format'] {
  const named = accept?.split(',').map((range) => range.split(';')[0]?.trim().toLowerCase()) ?? [];
  return named.find((type) => type === CSV || type === NDJSON) === NDJSON ? 'ndjson' : 'csv';
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (!first.done) yield first.value;
  yield* rest;
}

export function exportRoutes(app: App, { store, log }: ExportRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/exports/numbers',
    // The answer to a HEAD would read every number for nothing.
    exposeHeadRoute: false,
    config: { access: { role: 'viewer', scope: 'customer' }, urgency: 'background' },
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
