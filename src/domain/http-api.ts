/**
 * The description of a carrier's API, for carriers that have no adapter of their own: requests with named placeholders, where the answers
 * say what, and which fields lead calls elsewhere. No expressions: what it cannot say needs an adapter. Its laws are in src/carriers/http/check.ts.
 */
import { Type, type Static } from 'typebox';
import { Strict, Text } from './schema.ts';

/** RFC 6901. */
const Pointer = (description: string) => Type.String({ pattern: '^(?:/(?:[^~/]|~[01])*)*$', maxLength: 200, description: `JSON pointer: ${description}` });
const Template = (maxLength: number, description: string) => Type.String({ maxLength, description: `${description}; placeholders are written \`{name}\`` });
/** Names of headers and parameters, and of fields of forms. */
const Named = (description: string) => Type.Record(Type.String({ pattern: '^[^\\s{}]{1,100}$' }), Template(2000, 'Value'), { additionalProperties: false, description });

const Body = Strict({
  json: Type.Optional(Type.Unknown({ description: 'Any JSON; its texts are templates, and a text that is one placeholder becomes what the field is: a text, true, false, a number or null' })),
  form: Type.Optional(Named('application/x-www-form-urlencoded')),
  xml: Type.Optional(Template(20_000, 'An XML document; placeholders in content or in quoted attributes')),
}, { description: 'One of them' });

const REQUEST = {
  method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: Type.String({ pattern: '^/[^?#\\s\\\\]*$', maxLength: 500, description: 'Below `baseUrl`, without a query; placeholders are written `{name}`', examples: ['/numbers/{ref}'] }),
  query: Type.Optional(Named('Parameters of the address')),
  headers: Type.Optional(Named('Besides credentials and the type of the body')),
  body: Type.Optional(Body),
};
const RequestSchema = Strict(REQUEST);
export type HttpRequest = Static<typeof RequestSchema>;

const NumberForm = Type.Enum(['e164', 'digits', 'national'], { description: '`+14155550100`, `14155550100`, or `4155550100`, which needs `country`' });
const CountryCode = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166: whose national form it is; numbers of other calling codes are not taken' });

const FieldSchema = Strict({
  at: Pointer('where the answer to `read` has it, from `in` on'),
  type: Type.Optional(Type.Enum(['text', 'boolean', 'number'], { description: 'Default text' })),
  unset: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 100 })], { description: 'How the carrier writes that nothing is set; default an empty text. null is always understood' })),
  optional: Type.Optional(Type.Boolean({ description: 'It may be absent, and then nothing is set; else an answer without it is not believed' })),
});
export type HttpField = Static<typeof FieldSchema>;

const ConditionSchema = Strict({
  status: Type.Optional(Type.Array(Type.Integer({ minimum: 200, maximum: 499 }), { minItems: 1, maxItems: 50 })),
  at: Type.Optional(Pointer('to a text, number or truth in the answer')),
  is: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 100, description: 'What is there is one of these' })),
  isNot: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 100, description: 'Something is there, and none of these' })),
}, { description: 'All that it names must be so' });
export type HttpCondition = Static<typeof ConditionSchema>;
const Conditions = (description: string) => Type.Optional(Type.Array(ConditionSchema, { minItems: 1, maxItems: 20, description }));

const Settings = Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9_.]{0,63}$' }), Template(500, 'Value of the field; `{target}` is where calls are to go'), { additionalProperties: false, description: 'By fields' });
const PhoneSchema = Strict({ set: Settings, as: Type.Optional(NumberForm), country: Type.Optional(CountryCode) });
const SipSchema = Strict({ set: Settings, as: Type.Optional(Type.Enum(['uri', 'address'], { description: '`sip:desk@pbx.example.net`, or without `sip:`' })) });
export type HttpPhone = Static<typeof PhoneSchema>;
export type HttpSip = Static<typeof SipSchema>;

const AuthSchema = Strict({
  by: Type.Enum(['basic', 'bearer', 'header', 'body', 'hmac'], { description: '`basic`: user and secret; `bearer`: the secret; `header`: the secret in `header`; `body`: `{user}` and `{secret}` in the bodies; `hmac`: `header` has a signature made with the secret' }),
  header: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' })),
  sign: Type.Optional(Template(500, 'With `hmac`: what is signed, of `{method}`, `{path}`, `{query}`, `{target}` (path and query), `{timestamp}`, `{body}`, `{body-sha256}` (hexadecimal), `{user}`')),
  value: Type.Optional(Template(200, 'With `hmac`: what `header` has, of `{signature}`, `{user}`, `{timestamp}`; default the signature')),
  hash: Type.Optional(Type.Enum(['sha1', 'sha256', 'sha512'], { description: 'Default sha256' })),
  encoding: Type.Optional(Type.Enum(['hex', 'base64'], { description: 'Default hex' })),
  timestampHeader: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' })),
  timestamp: Type.Optional(Type.Enum(['seconds', 'milliseconds', 'iso'], { description: 'Since 1970, or ISO 8601; default seconds' })),
});
export type HttpAuth = Static<typeof AuthSchema>;

export const HttpApiSchema = Strict({
  auth: AuthSchema,
  number: Strict({ at: Pointer("to the number in the answer to `read`, from `in` on"), as: Type.Optional(NumberForm), country: Type.Optional(CountryCode) }, { description: 'How the carrier writes the numbers of the account' }),
  find: Type.Optional(Strict({
    ...REQUEST,
    list: Pointer('to the list of numbers, or to the one'),
    ref: Pointer("to a number's id, from the element on"),
    number: Type.Optional(Pointer('to the number, from the element on; default as in the answer to `read`')),
  }, { description: "Finds a number's id: `{number}`. Without it the number itself is its id, without `+`" })),
  list: Type.Optional(Strict({
    ...REQUEST,
    list: Pointer('to the list of numbers'),
    ref: Type.Optional(Pointer("to a number's id, from the element on; default the number itself, without `+`")),
    number: Type.Optional(Pointer('to the number, from the element on; default as in the answer to `read`')),
    firstPage: Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: 'What `{page}` is at first; default 1' })),
    next: Type.Optional(Pointer('to what `{cursor}` is for the next page; nothing there, or an empty text: it was the last')),
  }, { description: 'Lists the numbers of the account: all in one answer, or page by page, by `{page}`, `{offset}` (how many came before) or `{cursor}` until a page is empty or `next` leads to nothing. A parameter that is `{cursor}` alone is left out at first' })),
  read: Strict({ ...REQUEST, in: Type.Optional(Pointer('to the number in the answer; default the whole')) }, { description: 'Reads a number: `{ref}`' }),
  fields: Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9_.]{0,63}$' }), FieldSchema, { additionalProperties: false, minProperties: 1, maxProperties: 50, description: 'What says where calls go; all of it is put back when a diversion ends' }),
  write: Type.Array(RequestSchema, { minItems: 1, maxItems: 10, description: '`{ref}`, and each field in exactly one of them; sent in this order' }),
  answers: Type.Optional(Strict({
    throttled: Conditions('Besides status 429'),
    notFound: Conditions('Default status 404'),
    unavailable: Conditions('Nothing was done, and trying again may help'),
    refused: Conditions('Besides every other status from 400 on'),
    success: Conditions('Default every status from 200 to 299; one that is none of all these is not believed'),
    said: Type.Optional(Pointer("to the carrier's words on a refusal")),
    waitHeader: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Seconds to wait when throttled; default Retry-After' })),
  }, { description: 'Asked in this order' })),
  divert: Strict({ phone: Type.Optional(PhoneSchema), sip: Type.Optional(SipSchema) }, { description: 'What leads the calls of a number elsewhere' }),
  safetyNet: Type.Optional(Strict({
    catches: Text(300, 'When the carrier falls back to it, in a sentence'),
    phone: Type.Optional(PhoneSchema),
    sip: Type.Optional(SipSchema),
    off: Type.Record(Type.String({ pattern: '^[a-z][A-Za-z0-9_.]{0,63}$' }), Type.String({ maxLength: 500 }), { additionalProperties: false, description: 'The fields when there is none' }),
  }, { description: "The carrier's own setting for when the ordinary way fails" })),
}, { description: "Its API, for carriers without an adapter of their own" });

export type HttpApi = Static<typeof HttpApiSchema>;
