/** Sources of alerts: their records, and the addresses where they post. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { concealed, isGivenSecret, type SecretBox } from '../../config/secrets.ts';
import { issuesFailure } from '../../domain/errors.ts';
import { Id } from '../../domain/schema.ts';
import { SourceSchema, withSourceSecrets, type Source } from '../../domain/source.ts';
import type { Intake } from '../../health/intake/intake.ts';
import type { Presented } from '../../health/intake/proof.ts';
import { sourceIssues } from '../../health/intake/source-laws.ts';
import { SourceStatusSchema } from '../../health/intake/source-status.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import type { ResourceDeps } from '../resource.ts';
import { registerResource } from '../resource-routes.ts';
import { sealedOrKept } from '../sealed-or-kept.ts';

export interface SourceDeps extends ResourceDeps {
  secrets: SecretBox;
  intake: Pick<Intake, 'admit' | 'take' | 'refused' | 'status'>;
  /** Origin at which others reach us. */
  baseUrl: string;
}

function records(app: App, deps: SourceDeps): void {
  const { secrets, intake, baseUrl } = deps;
  registerResource(app, deps, {
    collection: 'sources',
    path: '/v1/sources',
    tag: 'Sources',
    idSchema: Id,
    bodySchema: SourceSchema,
    access: { read: { role: 'viewer', scope: 'provider' }, write: { role: 'admin', scope: 'provider' } },
    ownerOf: () => undefined,
    accept(given, { current }) {
      const source = given as Source;
      const issues = sourceIssues(source, isGivenSecret);
      if (issues.length > 0) throw issuesFailure('source_invalid', issues);
      return withSourceSecrets(source, (secret, field) => sealedOrKept(secret, current?.kind === source.kind ? current[field] : undefined, secrets));
    },
    show: (source) => withSourceSecrets(source, concealed),
    status: (id, source) => intake.status(id, source, baseUrl),
    statusSchema: SourceStatusSchema,
  });
}

const TakenSchema = Type.Object({
  alerts: Type.Integer({ description: 'Alerts in the post that say something' }),
  matched: Type.Integer({ description: 'Those of them that the map has a primary for' }),
});

interface Asked {
  id: string;
  secret?: string;
}

const presented = (request: FastifyRequest): Presented => ({ headers: request.headers, inAddress: (request.params as Asked).secret });
const idOf = (request: FastifyRequest): string => (request.params as Asked).id;

/** Bodies are taken as bytes, whatever they say they are: what is signed is the bytes, and senders are not careful with types. */
function posts(app: App, { intake }: SourceDeps): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const plain = scope as unknown as FastifyInstance;
    for (const [url, params, summary] of [
      ['/intake/:id', Type.Object({ id: Id }), 'Where a source posts its alerts'],
      ['/intake/:id/:secret', Type.Object({ id: Id, secret: Type.String({ maxLength: 200, description: 'The secret of the source' }) }), 'The same, for senders that can set nothing but an address'],
    ] as const) {
      plain.route({
        method: 'POST',
        url,
        config: { access: { scope: 'public' } },
        schema: { tags: ['Sources'], summary, description: 'Called by the source, as its kind does it; proved genuine, or refused. The same post twice is answered the same and counts once.', params, response: { 200: TakenSchema, default: ProblemSchema } },
        // Before its body is read: who cannot prove itself is not listened to.
        onRequest: async (request) => intake.admit(idOf(request), presented(request), request.ip),
        onError: async (request, _reply, error) => intake.refused(idOf(request), error),
        handler: async (request) => intake.take(idOf(request), presented(request), Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), request.ip),
      });
    }
  });
}

export function sourceRoutes(app: App, deps: SourceDeps): void {
  records(app, deps);
  posts(app, deps);
}
