/** The go-bag, as it was written last: what to do by hand when Ringthrough is gone, to be kept elsewhere. */
import { Type } from 'typebox';
import { Failure } from '../../domain/errors.ts';
import { Strict } from '../../domain/schema.ts';
import { FORMS, type Form } from '../../gobag/write-bag.ts';
import { readBag } from '../../gobag/keep-bag.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';

const TYPES: Readonly<Record<Form, string>> = { json: 'application/json', sh: 'application/x-sh' };

/** `gobagDir`: where the worker of this process writes it. */
export function gobagRoutes(app: App, { gobagDir }: { gobagDir: string }): void {
  app.route({
    method: 'GET',
    url: '/v1/gobag',
    exposeHeadRoute: false,
    config: { access: { role: 'admin', scope: 'provider' } },
    schema: {
      tags: ['Diversions'],
      summary: 'The go-bag: requests that divert and restore every number by hand, as a file or as a shell script. Has no secret',
      querystring: Strict({ form: Type.Optional(Type.Enum(['json', 'sh'], { description: 'Default json' })) }),
      produces: Object.values(TYPES),
      response: { 200: Type.Unsafe<unknown>({ type: 'string', description: 'The file, see docs/go-bag.md' }), default: ProblemSchema },
    },
    async handler(request, reply) {
      const { form = 'json' } = request.query;
      const found = await readBag(gobagDir, form);
      if (!found) throw new Failure('not_found', 'This process has written no go-bag: it is written a while after the start, where the workers run');
      void reply
        .type(TYPES[form])
        .header('content-disposition', `attachment; filename="${FORMS[form].file}"`)
        .header('last-modified', new Date(found.writtenAt).toUTCString())
        .header('cache-control', 'no-store');
      return reply.send(found.content);
    },
  });
}
