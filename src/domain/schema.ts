/** The small schema pieces that every resource is made of. */
import { Type, type TObject, type TProperties } from 'typebox';

export const ID_PATTERN = '^[a-z0-9][a-z0-9._-]{0,63}$';

/** An identifier chosen by the caller: lower case, digits, dot, dash, underscore; 64 characters at most. */
export const Id = Type.String({ pattern: ID_PATTERN, description: 'Identifier: a-z, 0-9, dot, dash, underscore; at most 64', examples: ['acme'] });

/** What keys of a customer call the plans and subscribers that they make: nobody else can have or probe an id that begins so. */
export const CUSTOMER_NAMESPACE = ':';

const ownable = (kind: string, examples: string[]) =>
  Type.String({ pattern: `${ID_PATTERN.replace('^', '^(?:').replace('$', '')}${CUSTOMER_NAMESPACE})?${ID_PATTERN.slice(1)}`, description: `Identifier of a ${kind}; \`acme:${examples[0] ?? ''}\` can only be a ${kind} of the customer \`acme\``, examples: [...examples.slice(1), `acme:${examples[0] ?? ''}`] });

/** The id of a plan. One that begins with a customer's id and a colon is always that customer's. */
export const PlanId = ownable('plan', ['night', 'office']);
/** The same of a subscriber. */
export const SubscriberId = ownable('subscriber', ['crm', 'pbx-events']);

/** A moment. RFC 3339 allows more spellings than `Date.parse` can read: the pattern leaves those out. */
export const Instant = Type.String({
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
  description: 'ISO 8601 with seconds and time zone',
  examples: ['2026-12-31T23:59:59Z'],
});

export const Country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2 country', examples: ['GB'] });

export const TimeZone = Type.String({ minLength: 1, maxLength: 64, description: 'IANA time zone', examples: ['Europe/London'] });

export const Text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description });

/** An object that refuses unknown fields: a misspelt field is a mistake to be told, not to be dropped. */
export function Strict<P extends TProperties>(properties: P, options: { $id?: string; description?: string } = {}): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}
