/** How requests are judged by the schemas of their routes. */
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { App } from './app-type.ts';

type Validate = ReturnType<FastifySchemaCompiler<unknown>>;

const OPTIONS = { allErrors: true, removeAdditional: false, useDefaults: false, strict: false, discriminator: true } as const;
const exact = formats.default(new Ajv({ ...OPTIONS, coerceTypes: false }));
const fromText = formats.default(new Ajv({ ...OPTIONS, coerceTypes: true }));

/** By what they say: many routes have the same, and so have the routes of another application in this process. */
const made = { exact: new Map<string, Validate>(), fromText: new Map<string, Validate>() };

/** Bodies are taken as they are sent; only the texts of a query are read as numbers and booleans. */
export const compile: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const [validators, ajv] = httpPart === 'body' ? [made.exact, exact] : [made.fromText, fromText];
  const says = JSON.stringify(schema);
  const validate: Validate = validators.get(says) ?? ajv.compile(schema as object);
  validators.set(says, validate);
  return validate;
};

/** A validator that is made when the first request needs it. There are hundreds; to make all of them was a fifth of the work of a start. */
function whenNeeded(make: () => Validate): Validate {
  let judge: Validate | undefined;
  const validate: Validate = (data) => {
    judge ??= make();
    const valid = judge(data);
    // Where the framework looks for what is wrong.
    validate.errors = judge.errors ?? null;
    return valid;
  };
  return validate;
}

export function installValidation(app: App): void {
  app.setValidatorCompiler((route) => whenNeeded(() => compile(route)));
}
