/** What OpenAPI says of a route besides its schemas: who may use it, and that its failures are problem documents. */
import type { FastifySchema } from 'fastify';
import type { Access } from './app-type.ts';

function whoMay(access: Access): string {
  if (access.scope === 'public') return 'Needs no key.';
  const whose = access.scope === 'customer' ? 'a key of one customer sees its own alone' : 'keys of one customer cannot use it';
  return `Asks for the role \`${access.role}\`; ${whose}.`;
}

/** Leaves the schemas that validate as they are: what is given back is for the document alone. */
export function describeRoute(schema: FastifySchema, access: Access | undefined): FastifySchema {
  if (schema.hide || !access) return schema;
  const { default: problem, ...answers } = (schema.response ?? {}) as Record<string, unknown>;
  return {
    ...schema,
    description: [schema.description, whoMay(access)].filter((text) => text !== undefined).join(' '),
    ...(access.scope === 'public' ? { security: [] } : {}),
    response: problem === undefined ? answers : { ...answers, default: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } } },
  };
}
