/** How requests are judged by the schemas of their routes. */
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { App } from './app-type.ts';

type Validate = ReturnType<FastifySchemaCompiler<unknown>>;

/** Bodies are taken as they are sent; only the texts of a query are read as numbers and booleans. */
export function createSchemaCompiler(): FastifySchemaCompiler<unknown> {
  const options = { allErrors: true, removeAdditional: false, useDefaults: false, strict: false, discriminator: true } as const;
  const exact = formats.default(new Ajv({ ...options, coerceTypes: false }));
  const fromText = formats.default(new Ajv({ ...options, coerceTypes: true }));
  return ({ schema, httpPart }) => (httpPart === 'body' ? exact : fromText).compile(schema as object);
}

/** A validator that is made when the first request needs it. There are hundreds; to make all of them was a fifth of the work of a start. */
function whenNeeded(compile: () => Validate): Validate {
  let made: Validate | undefined;
  const validate: Validate = (data) => {
    made ??= compile();
    const valid = made(data);
    // Where the framework looks for what is wrong.
    validate.errors = made.errors ?? null;
    return valid;
  };
  return validate;
}

export function installValidation(app: App): void {
  const compile = createSchemaCompiler();
  app.setValidatorCompiler((route) => whenNeeded(() => compile(route)));
}
