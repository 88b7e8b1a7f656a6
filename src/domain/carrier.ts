/** A carrier: an upstream carrier account that delivers the calls. Each kind has credentials of its own. */
import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { HttpApiSchema, type HttpApi } from './http-api.ts';
import { Strict, Text } from './schema.ts';

const Secret = Type.String({ minLength: 1, maxLength: 4096, description: '`env:NAME` or `file:PATH`, or the secret itself, which is stored encrypted and never shown again' });

/** What each kind of account is known by and proves itself with. `secrets` are stored encrypted and never shown. */
const ACCOUNTS = {
  bandwidth: {
    credentials: Strict({
      accountId: Type.String({ pattern: '^[0-9]{1,20}$', description: 'Account id' }),
      username: Type.String({ minLength: 1, maxLength: 200, description: 'User of the API' }),
      password: Secret,
      webhookPassword: Type.Optional(Secret),
      nextWebhookPassword: Type.Optional(Secret),
      applicationId: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', description: 'Voice application as which test calls are made: without one, or without webhookPassword, none are' })),
      voiceUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 500, description: 'Instead of https://voice.bandwidth.com/api/v2, at which calls are made' })),
    }),
    secrets: ['password', 'webhookPassword', 'nextWebhookPassword'],
    signing: ['webhookPassword', 'nextWebhookPassword'],
  },
  flowroute: {
    credentials: Strict({ accessKey: Type.String({ minLength: 1, maxLength: 200, description: 'API access key' }), secretKey: Secret }),
    secrets: ['secretKey'],
    signing: [],
  },
  http: {
    credentials: Strict({ user: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'What the account is called where the description says `{user}`, or with Basic' })), secret: Secret }),
    secrets: ['secret'],
    signing: [],
    api: HttpApiSchema,
  },
  plivo: {
    credentials: Strict({
      authId: Type.String({ pattern: '^(?:MA|SA)[A-Z0-9]{18}$', description: 'Auth ID of the account, or of a subaccount' }),
      authToken: Secret,
      nextAuthToken: Type.Optional(Secret),
    }),
    secrets: ['authToken', 'nextAuthToken'],
    signing: ['authToken', 'nextAuthToken'],
  },
  signalwire: {
    credentials: Strict({
      space: Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$', description: 'Name of the space: what stands before `.signalwire.com`' }),
      projectId: Type.String({ pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', description: 'Project id' }),
      apiToken: Secret,
      signingKey: Secret,
      nextSigningKey: Type.Optional(Secret),
    }),
    secrets: ['apiToken', 'signingKey', 'nextSigningKey'],
    signing: ['signingKey', 'nextSigningKey'],
  },
  telnyx: {
    credentials: Strict({
      apiKey: Secret,
      publicKey: Secret,
      nextPublicKey: Type.Optional(Secret),
      outboundVoiceProfileId: Type.Optional(Type.String({ pattern: '^[0-9]{1,24}$', description: 'Outbound voice profile of the TeXML applications that are made when numbers are wired or led away: without one they cannot dial' })),
    }),
    secrets: ['apiKey', 'publicKey', 'nextPublicKey'],
    signing: ['publicKey', 'nextPublicKey'],
  },
  twilio: {
    credentials: Strict({
      accountSid: Type.String({ pattern: '^AC[0-9a-fA-F]{32}$', description: 'Account SID' }),
      authToken: Secret,
      nextAuthToken: Type.Optional(Secret),
    }),
    secrets: ['authToken', 'nextAuthToken'],
    signing: ['authToken', 'nextAuthToken'],
  },
  voipms: {
    credentials: Strict({ username: Type.String({ minLength: 1, maxLength: 200, description: 'The e-mail address of the account' }), apiPassword: Secret }),
    secrets: ['apiPassword'],
    signing: [],
  },
  vonage: {
    credentials: Strict({
      apiKey: Type.String({ pattern: '^[0-9A-Za-z]{4,32}$', description: 'API key of the account' }),
      apiSecret: Secret,
      signatureSecret: Type.Optional(Secret),
      nextSignatureSecret: Type.Optional(Secret),
      applicationId: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', description: 'Application as which test calls are made: without one, its privateKey and the signatureSecret, none are' })),
      privateKey: Type.Optional(Secret),
      voiceStatusCallback: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 1000, description: 'Sent with each change of a number, for Vonage does not show what a number has' })),
    }),
    secrets: ['apiSecret', 'signatureSecret', 'nextSignatureSecret', 'privateKey'],
    signing: ['signatureSecret', 'nextSignatureSecret'],
  },
} as const satisfies Record<string, Account>;

interface Account {
  credentials: TObject;
  secrets: readonly string[];
  /** Those of them by which its webhooks are proved genuine, the one in force first; empty for carriers that ask nobody. */
  signing: readonly string[];
  /** What its record says of its API, for a carrier that has no adapter of its own, nor an address that we know. */
  api?: TObject;
}

export type CarrierKind = keyof typeof ACCOUNTS;
export const CARRIER_KINDS = Object.keys(ACCOUNTS) as CarrierKind[];

/** Of every kind, whatever its credentials are called. */
export function accountOf(kind: CarrierKind): Account {
  return ACCOUNTS[kind];
}

const Limits = Strict({
  writesPerSecond: Type.Optional(Type.Number({ minimum: 0.05, maximum: 1000, description: 'Writes to its API a second, over all processes' })),
  atOnce: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Requests to its API at the same time, over all processes' })),
}, { description: "Instead of the kind's own limits" });

const BaseUrl = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 500, description: "Instead of the carrier's own API address" });

function schemaOf(kind: CarrierKind): TSchema {
  const { api, credentials } = accountOf(kind);
  return Strict({
    kind: Type.Literal(kind),
    name: Type.Optional(Text(200, 'Shown to people')),
    credentials,
    ...(api ? { api, baseUrl: BaseUrl } : { baseUrl: Type.Optional(BaseUrl) }),
    fallbackUrl: Type.Optional(Type.String({ pattern: '^https://[^\\s]+$', maxLength: 2000, description: 'What the carrier asks when Ringthrough does not answer: best a static document at another provider; default our own recovery address' })),
    safetyNetUrl: Type.Optional(Type.String({ pattern: '^https://[^\\s{}]+(?:\\{(?:number|uri)\\}[^\\s{}]*)+$', maxLength: 1500, description: 'For carriers that take addresses of documents alone: where one that leads a call to `{number}` (E.164) or `{uri}` (SIP) is kept, by somebody else than Ringthrough. Both are written percent-encoded', examples: ['https://twimlets.com/forward?PhoneNumber={number}'] })),
    limits: Type.Optional(Limits),
  });
}

export type Carrier = {
  kind: CarrierKind;
  name?: string;
  /** By the names of its kind. */
  credentials: Readonly<Record<string, string>>;
  baseUrl?: string;
  /** Of the kind `http` alone. */
  api?: HttpApi;
  fallbackUrl?: string;
  safetyNetUrl?: string;
  limits?: Static<typeof Limits>;
};

/** By `kind`, so that what is wrong with an account is told of its own kind alone. */
export const CarrierSchema = Type.Unsafe<Carrier>({
  $id: 'Carrier',
  description: 'An upstream carrier account',
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: CARRIER_KINDS.map(schemaOf),
});

/** The credentials with each secret put through `change`; a secret that is not there stays so. */
export function withSecrets({ kind, credentials }: Pick<Carrier, 'kind' | 'credentials'>, change: (secret: string, field: string) => string): Record<string, string> {
  const secrets = new Set(accountOf(kind).secrets);
  return Object.fromEntries(Object.entries(credentials).map(([field, value]) => [field, secrets.has(field) ? change(value, field) : value]));
}
