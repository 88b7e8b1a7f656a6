/** Imports: files of numbers, which are taken in the background; and what people decide of them. What can be read of them: ./import-reads.ts. */
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import { ImportSchema, type ImportRecord } from '../../domain/import.ts';
import { Id, Strict } from '../../domain/schema.ts';
import { applyImport, cancelImport, revertImport } from '../../imports/decide.ts';
import type { ImportQueue } from '../../imports/queue.ts';
import { receiveImport, type ImportOptions, type ReceiveDeps } from '../../imports/receive.ts';
import type { DecideApprovalDeps } from '../../policy/decide-approval.ts';
import type { App } from '../app-type.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf } from '../resource.ts';
import { importParams, importReadRoutes, ShownImport, shownImport } from './import-reads.ts';

export interface ImportRouteDeps extends ReceiveDeps {
  queue: ImportQueue;
}

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';

const tags = ['Imports'];
const admin = { role: 'admin', scope: 'provider' } as const;

const AllowRemoving = Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'How many numbers may be removed, instead of a fifth of a customer\'s' });

const UploadQuery = Strict({
  dryRun: Type.Optional(Type.Boolean({ description: 'Judge the rows and write nothing' })),
  confirm: Type.Optional(Type.Boolean({ description: 'Judge the rows, then wait for `apply` or `cancel`, a day at most' })),
  complete: Type.Optional(Type.Boolean({ description: 'The file is the whole truth for the numbers of the customers in it: those that are not in it are removed' })),
  customer: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'With `complete`: remove numbers of this customer alone, whether the file names it or not' })),
  allowRemoving: Type.Optional(AllowRemoving),
});

function formatOf(request: FastifyRequest): ImportRecord['format'] {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const encoding = request.headers['content-encoding'];
  if ((encoding !== undefined && encoding !== 'identity') || !(request.body instanceof Readable) || (type !== CSV && type !== NDJSON)) {
    throw new Failure('media_type_unsupported', `Send ${CSV} or ${NDJSON}, not compressed`);
  }
  return type === CSV ? 'csv' : 'ndjson';
}

interface Asked {
  dryRun?: boolean;
  confirm?: boolean;
  complete?: boolean;
  customer?: string;
  allowRemoving?: number;
}

function optionsOf({ dryRun, confirm, complete, customer, allowRemoving }: Asked): ImportOptions {
  if (dryRun && confirm) throw new Failure('request_invalid', 'dryRun and confirm go not together', { issues: [{ at: '/confirm', detail: 'a dry run is never applied' }] });
  for (const [name, value] of Object.entries({ customer, allowRemoving })) {
    if (value !== undefined && !complete) throw new Failure('request_invalid', `${name} needs complete=true`, { issues: [{ at: `/${name}`, detail: 'needs complete=true' }] });
  }
  return {
    ...(dryRun ? { dryRun } : {}),
    ...(confirm ? { confirm } : {}),
    ...(complete ? { complete } : {}),
    ...(customer === undefined ? {} : { customer }),
    ...(allowRemoving === undefined ? {} : { allowRemoving }),
  };
}

async function enqueue({ queue, log }: ImportRouteDeps, id: string): Promise<void> {
  try {
    await queue.add(id);
  } catch (error) {
    // It is all there: the workers look for imports without a job (workers/import.ts).
    log.warn({ err: error, import: id }, 'an import could not be queued and will be found later');
  }
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
      config: { access: admin, urgency: 'background' },
      schema: {
        tags,
        summary: 'Import numbers from a file: good rows are taken, bad ones are named',
        description: 'With the header `Idempotency-Key` an upload that is sent again within a day is the same import.',
        consumes: [CSV, NDJSON],
        querystring: UploadQuery,
        response: { 202: Type.Object({ id: Type.String(), state: ImportSchema.properties.state, rows: Type.Integer() }), default: ProblemSchema },
      },
      async handler(request, reply) {
        const format = formatOf(request);
        const options = optionsOf(request.query);
        const { customer } = options;
        if (customer !== undefined && !(await deps.store.find('customers', customer))) throw new Failure('reference_unknown', `customers/${customer} does not exist`);
        const received = await receiveImport(deps, { format, body: request.body as Readable, deed: deedOf(request, deps.clock), options, ...idempotencyKeyOf(request) });
        await enqueue(deps, received.id);
        void reply.code(202).header('location', `/v1/imports/${received.id}`);
        return received;
      },
    });
  });
}

/** What the approval of an import comes to. */
export function importDecisions(deps: ImportRouteDeps): DecideApprovalDeps['imports'] {
  return {
    async apply(id, deed) {
      await applyImport(deps, id, deed, undefined);
      await enqueue(deps, id);
    },
    async cancel(id, deed) {
      await cancelImport(deps, id, deed);
    },
  };
}

function decisionRoutes(app: App, deps: ImportRouteDeps): void {
  const { clock } = deps;

  app.route({
    method: 'POST',
    url: '/v1/imports/:id/apply',
    config: { access: admin },
    schema: { tags, summary: 'Apply an import that waits; every row is judged again', params: importParams, querystring: Strict({ allowRemoving: Type.Optional(AllowRemoving) }), response: { 202: ShownImport, default: ProblemSchema } },
    async handler(request, reply) {
      const { id } = request.params;
      const record = await applyImport(deps, id, deedOf(request, clock), request.query.allowRemoving);
      await enqueue(deps, id);
      void reply.code(202);
      return shownImport(id, record, clock.now());
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/imports/:id/cancel',
    config: { access: admin },
    schema: { tags, summary: 'Drop an import that is judged or waits', params: importParams, response: { 200: ShownImport, default: ProblemSchema } },
    async handler(request) {
      const { id } = request.params;
      return shownImport(id, await cancelImport(deps, id, deedOf(request, clock)), clock.now());
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/imports/:id/revert',
    config: { access: admin },
    schema: { tags, summary: 'Put back what an import changed, where nobody has changed it since; within 30 days', params: importParams, response: { 202: ShownImport, default: ProblemSchema } },
    async handler(request, reply) {
      const { id, record } = await revertImport(deps, request.params.id, deedOf(request, clock));
      await enqueue(deps, id);
      void reply.code(202).header('location', `/v1/imports/${id}`);
      return shownImport(id, record, clock.now());
    },
  });
}

export function importRoutes(app: App, deps: ImportRouteDeps): void {
  uploadRoute(app, deps);
  decisionRoutes(app, deps);
  importReadRoutes(app, deps);
}
