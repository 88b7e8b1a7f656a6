/** The small schema pieces that every resource is made of. */
import { Type, type TObject, type TProperties } from 'typebox';

export const ID_PATTERN = '^[a-z0-9][a-z0-9._-]{0,63}$';

/** An identifier chosen by the caller: lower case, digits, dot, dash, underscore; 64 characters at most. */
export const Id = Type.String({ pattern: ID_PATTERN, description: 'Identifier: a-z, 0-9, dot, dash, underscore; at most 64', examples: ['acme'] });

/** What keys of a customer call the plans that they make: nobody else can have or probe an id that begins so. */
export const PLAN_NAMESPACE = ':';

/** The id of a plan. One that begins with a customer's id and a colon is always that customer's. */
export const PlanId = Type.String({ pattern: `${ID_PATTERN.replace('^', '^(?:').replace('$', '')}:)?${ID_PATTERN.slice(1)}`, description: 'Identifier of a plan; `acme:night` can only be a plan of the customer `acme`', examples: ['office', 'acme:night'] });

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
