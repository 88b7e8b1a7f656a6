/** A carrier: an upstream carrier account that delivers the calls. */
import { Type, type Static } from 'typebox';
import { Strict, Text } from './schema.ts';

export const CARRIER_KINDS = ['twilio'] as const;
export type CarrierKind = (typeof CARRIER_KINDS)[number];

const Secret = Type.String({ minLength: 1, maxLength: 4096, description: '`env:NAME` or `file:PATH`, or the secret itself, which is stored encrypted and never shown again' });

export const CarrierSchema = Strict({
  kind: Type.Literal('twilio'),
  name: Type.Optional(Text(200, 'Shown to people')),
  credentials: Strict({
    accountSid: Type.String({ pattern: '^AC[0-9a-fA-F]{32}$', description: 'Account SID' }),
    authToken: Secret,
    nextAuthToken: Type.Optional(Secret),
  }),
  baseUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 500, description: "Instead of the carrier's own API address" })),
  fallbackUrl: Type.Optional(Type.String({ pattern: '^https://[^\\s]+$', maxLength: 2000, description: 'What the carrier asks when Ringthrough does not answer: best a static document at another provider; default our own recovery address' })),
}, { $id: 'Carrier', description: 'An upstream carrier account' });

export type Carrier = Static<typeof CarrierSchema>;
