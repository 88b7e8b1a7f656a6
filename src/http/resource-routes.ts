/** Registers the four routes of a kind of record, with the schemas that validate them and describe them in OpenAPI. */
import type { FastifyInstance } from 'fastify';
import { Type, type TObject, type TProperties, type TSchema } from 'typebox';
import { Id, Strict } from '../domain/schema.ts';
import type { Collection } from '../store/keys.ts';
import type { MakeChange } from '../policy/decide-approval.ts';
import type { App } from './app-type.ts';
import { PageQuery } from './paging.ts';
import { ProblemSchema } from './problem.ts';
import { ShownApproval } from './held.ts';
import { resourceHandlers, type Resource, type ResourceDeps } from './resource.ts';

const ignored = (description: string) => Type.Optional(Type.Unknown({ description }));

/** The fields that a record of any form may have; of one with several forms, those that all have. */
function commonFields(schema: TSchema): TProperties {
  const { properties = {}, oneOf } = schema as { properties?: TProperties; oneOf?: readonly TObject[] };
  if (!oneOf) return properties;
  const [first, ...others] = oneOf;
  return Object.fromEntries(Object.entries(first?.properties ?? {}).filter(([name, field]) => others.every((other) => JSON.stringify(other.properties[name]) === JSON.stringify(field))));
}

/** The schema with some fields more, in each of its forms. */
function withFields(schema: TSchema, more: TProperties): TSchema {
  const { oneOf, $id: _ofTheOriginal, ...rest } = schema as { oneOf?: readonly TObject[]; $id?: string };
  if (!oneOf) return Strict({ ...commonFields(schema), ...more });
  return Type.Unsafe<unknown>({ ...rest, oneOf: oneOf.map((form) => Strict({ ...form.properties, ...more })) });
}

export function registerResource<C extends Collection>(app: App, deps: ResourceDeps, resource: Resource<C>, options: { ownList?: boolean } = {}): MakeChange {
  const handlers = resourceHandlers(resource, deps);
  const idName = resource.idName ?? 'id';
  const { access, collection, path, tag, bodySchema } = resource;
  const params = Type.Object({ [idName]: resource.idSchema });
  // What GET answers can be edited and sent back as it is: its own additions are allowed in a PUT, and mean nothing there.
  const body = withFields(bodySchema, { [idName]: ignored('Read-only: as in the address'), etag: ignored('Read-only, ignored; the condition goes into If-Match'), status: ignored('Read-only, ignored') });
  const record = Type.Object({ [idName]: Type.String(), etag: Type.String(), ...commonFields(bodySchema), status: Type.Optional(resource.statusSchema ?? Type.Unknown({ description: 'Read-only: what is so now' })) }, { additionalProperties: true });
  const filter = 'customer' in commonFields(bodySchema) ? { customer: Type.Optional(Id) } : {};
  const held = resource.gate ? { 202: ShownApproval } : {};
  const url = `${path}/:${idName}`;
  // The handlers serve every kind: what they get was checked by the schemas, which the compiler cannot follow here.
  const plain = app as unknown as FastifyInstance;

  if (!options.ownList) plain.route({
    method: 'GET',
    url: path,
    config: { access: access.read },
    schema: { tags: [tag], summary: `List ${collection}`, querystring: Strict({ ...PageQuery, ...filter }), response: { 200: Type.Object({ items: Type.Array(record), next: Type.Optional(Type.String()) }), default: ProblemSchema } },
    handler: handlers.list,
  });
  plain.route({
    method: 'GET',
    url,
    config: { access: access.read },
    schema: { tags: [tag], summary: `Get one of ${collection}`, params, response: { 200: record, default: ProblemSchema } },
    handler: handlers.get,
  });
  plain.route({
    method: 'PUT',
    url,
    config: { access: access.write },
    schema: { tags: [tag], summary: `Create or replace one of ${collection}`, params, body, response: { 200: record, 201: record, ...held, default: ProblemSchema } },
    handler: handlers.put,
  });
  plain.route({
    method: 'DELETE',
    url,
    config: { access: access.write },
    schema: { tags: [tag], summary: `Delete one of ${collection}`, params, response: { 204: Type.Null(), ...held, default: ProblemSchema } },
    handler: handlers.remove,
  });
  return handlers.make;
}
