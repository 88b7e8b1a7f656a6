/** A subscriber: a system that is told of calls, diversions and whatever it is sent over the API, live or, when it or its primary is down, later. */
import { Type, type Static } from 'typebox';
import { ID_PATTERN, Id, Strict, Text } from './schema.ts';

export const SUBSCRIBER_DEFAULTS = { kinds: ['*'], maxInFlight: 50, timeoutSeconds: 15, retryForSeconds: 86_400, maxWaiting: 1_000_000, maxWaitingMb: 1024 } as const;

const Secret = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description: `${description}: \`whsec_\` and 24 to 64 bytes in Base64; \`env:NAME\` or \`file:PATH\`, or itself, which is stored encrypted and never shown again` });

export const SubscriberSchema = Strict({
  name: Type.Optional(Text(200, 'Shown to people')),
  url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000, description: 'Where it is posted', examples: ['https://pbx.example.net/ringthrough'] }),
  secret: Secret('By which posts are signed (Standard Webhooks)'),
  oldSecrets: Type.Optional(Type.Array(Secret('Also signed with, while receivers change to the new one'), { maxItems: 3 })),
  customer: Type.Optional(Id),
  primary: Type.Optional(Type.String({ pattern: ID_PATTERN, description: 'It is part of this primary: told of this primary alone, and held back while the primary is down' })),
  kinds: Type.Optional(Type.Array(Type.String({ pattern: '^(\\*|[a-z][a-z0-9-]*(\\.[a-z0-9-]+)*(\\.\\*)?)$', maxLength: 100 }), { minItems: 1, maxItems: 100, uniqueItems: true, description: 'Which events: `call.missed`, `call.*` or `*`; default all. What is sent to it by name over the API it gets in any case', examples: [['call.*']] })),
  maxInFlight: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Posts on their way at once at most; default 50. How many it really are depends on how it answers' })),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 30, description: 'How long an answer may take; default 15' })),
  retryForSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800, description: 'How long what is refused is tried again before it goes to the dead letters; default a day' })),
  maxWaiting: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'How many may wait; default a million' })),
  maxWaitingMb: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'How many megabytes may wait; default 1024' })),
}, { $id: 'Subscriber', description: 'A system that is told, live or later' });

export type Subscriber = Static<typeof SubscriberSchema>;

/** The record with each secret put through `change`; `old` is its place among the old ones. */
export function withSubscriberSecrets(subscriber: Subscriber, change: (secret: string, old?: number) => string): Subscriber {
  const { secret, oldSecrets } = subscriber;
  return { ...subscriber, secret: change(secret), ...(oldSecrets ? { oldSecrets: oldSecrets.map((one, at) => change(one, at)) } : {}) };
}
