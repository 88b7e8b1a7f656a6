/** A receiver: a channel or a person that is told of diversions, and how; and a silence, for a while in which they are not. */
import { Type, type Static, type TSchema } from 'typebox';
import { KINDS_TOLD, SEVERITIES } from './announcement.ts';
import { E164_PATTERN } from './phone-number.ts';
import { Id, Instant, Strict, Text } from './schema.ts';

/** Seconds. What is waited for first is shorter than elsewhere: callers are being lost meanwhile. */
export const PACE_DEFAULTS = { groupWaitSeconds: 10, groupIntervalSeconds: 300, repeatIntervalSeconds: 14_400 } as const;

const SecretText = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description: `${description}; \`env:NAME\` or \`file:PATH\`, or itself, which is stored encrypted and never shown again` });
const Url = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2000, description: 'Where it is posted', examples: ['https://alerts.example.net/ringthrough'] });

/** One address, without a name and without anything that could be a header. */
const MailAddress = Type.String({ pattern: '^[A-Za-z0-9.!#$%&\'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])$', maxLength: 254, examples: ['ops@example.net'] });

const E164 = Type.String({ pattern: E164_PATTERN, description: 'E.164', examples: ['+447400123456'] });

const OWN_FIELDS = {
  sms: {
    to: E164,
    carriers: Type.Array(Strict({ carrier: Id, from: E164 }), { minItems: 1, maxItems: 10, description: 'Carriers that can send text messages, the preferred first, each with a number of its account to send from. One that the message is about goes last' }),
  },
  email: { to: Type.Array(MailAddress, { minItems: 1, maxItems: 50, uniqueItems: true, description: 'Addresses; one mail for all of them. `SMTP_URL` says through which server' }) },
  webhook: { url: Url, secret: SecretText('`whsec_` and 24 to 64 bytes in Base64, by which posts are signed (Standard Webhooks)') },
  slack: { url: SecretText('Address of an incoming webhook, which is its own secret') },
  teams: {
    url: SecretText('Address of a workflow “when a Teams webhook request is received”, or of a connector; it is its own secret'),
    card: Type.Optional(Type.Enum(['adaptive', 'message'], { description: '`adaptive`: an Adaptive Card, for workflows, the default; `message`: a MessageCard, for the connectors of before' })),
  },
} as const;

export type ReceiverKind = keyof typeof OWN_FIELDS;
export const RECEIVER_KINDS = Object.keys(OWN_FIELDS) as ReceiverKind[];
/** The fields of each kind that are stored encrypted. */
const SECRETS: Readonly<Record<ReceiverKind, readonly ('url' | 'secret')[]>> = { sms: [], email: [], webhook: ['secret'], slack: ['url'], teams: ['url'] };

const Seconds = (minimum: number, maximum: number, description: string) => Type.Optional(Type.Integer({ minimum, maximum, description }));
const COMMON = {
  name: Type.Optional(Text(200, 'Shown to people')),
  kinds: Type.Optional(Type.Array(Type.Enum(KINDS_TOLD), { minItems: 1, uniqueItems: true, description: 'Which announcements; default all' })),
  primaries: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'Of which primaries; default all' })),
  atLeast: Type.Optional(Type.Enum(SEVERITIES, { description: 'Only what is at least so urgent; a restore is told all the same' })),
  groupWaitSeconds: Seconds(0, 3600, `What begins within this time is told in one message; default ${PACE_DEFAULTS.groupWaitSeconds}`),
  groupIntervalSeconds: Seconds(1, 86_400, `News of the same primary or source is told at most this often, unless it is worse than what was told before; default ${PACE_DEFAULTS.groupIntervalSeconds}`),
  repeatIntervalSeconds: Seconds(60, 604_800, `What is still so is told again after this time; default ${PACE_DEFAULTS.repeatIntervalSeconds}`),
};
type Common = {
  name?: string;
  kinds?: readonly (typeof KINDS_TOLD)[number][];
  primaries?: readonly string[];
  atLeast?: (typeof SEVERITIES)[number];
  groupWaitSeconds?: number;
  groupIntervalSeconds?: number;
  repeatIntervalSeconds?: number;
};

export type Receiver = Common & ({ kind: 'email'; to: readonly string[] } | { kind: 'sms'; to: string; carriers: readonly { carrier: string; from: string }[] } | { kind: 'webhook'; url: string; secret: string } | { kind: 'slack'; url: string } | { kind: 'teams'; url: string; card?: 'adaptive' | 'message' });
export type ReceiverOf<K extends ReceiverKind> = Extract<Receiver, { kind: K }>;

function schemaOf(kind: ReceiverKind): TSchema {
  return Strict({ kind: Type.Literal(kind), ...OWN_FIELDS[kind], ...COMMON });
}

/** By `kind`, so that what is wrong is told of its own kind alone. */
export const ReceiverSchema = Type.Unsafe<Receiver>({
  $id: 'Receiver',
  description: 'Who is told, and how',
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: RECEIVER_KINDS.map(schemaOf),
});

/** The record with each secret put through `change`. */
export function withReceiverSecrets(receiver: Receiver, change: (secret: string, field: 'url' | 'secret') => string): Receiver {
  const fields = receiver as unknown as Readonly<Record<string, string>>;
  return { ...receiver, ...Object.fromEntries(SECRETS[receiver.kind].map((field) => [field, change(fields[field] ?? '', field)])) };
}

export const SilenceSchema = Strict({
  match: Strict({
    primary: Type.Optional(Id),
    source: Type.Optional(Id),
    receiver: Type.Optional(Id),
    kind: Type.Optional(Type.Enum(KINDS_TOLD)),
  }, { description: 'What is not told: all of what is given must be so; `{}` silences everything' }),
  until: Instant,
  reason: Text(500, 'Why'),
}, { $id: 'Silence', description: 'A while in which something is not told' });
export type Silence = Static<typeof SilenceSchema>;
