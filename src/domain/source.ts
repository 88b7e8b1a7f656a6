/** A source: whoever posts alerts to us, how it proves itself, and which primaries its alerts are about. */
import { Type, type Static } from 'typebox';
import { Id, Strict, Text } from './schema.ts';

export const SOURCE_KINDS = ['alertmanager', 'generic', 'grafana', 'heartbeat', 'pagerduty', 'statuspage', 'uptime-kuma'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What an open alert can say of a primary. That it is up is never said: a closed alert is taken back, and nothing follows from that. */
export const OPEN_CLAIMS = ['degraded', 'overloaded', 'down', 'unknown'] as const;
export type OpenClaim = (typeof OPEN_CLAIMS)[number];

/** Shorter ones could be guessed. */
export const SHORTEST_SECRET = 16;

/** What a kind of source is worth, and how long what it said holds, unless its record says otherwise. */
export const SOURCE_DEFAULTS: Readonly<Record<SourceKind, { weight: number; holdSeconds: number }>> = {
  // Both repeat what goes on firing, by default every 4 hours; half an hour beyond that.
  alertmanager: { weight: 0.6, holdSeconds: 16_200 },
  grafana: { weight: 0.6, holdSeconds: 16_200 },
  generic: { weight: 0.5, holdSeconds: 3600 },
  // Said anew for as long as it is so.
  heartbeat: { weight: 0.4, holdSeconds: 60 },
  // Both say it once, and are closed by people.
  pagerduty: { weight: 0.5, holdSeconds: 21_600 },
  statuspage: { weight: 0.5, holdSeconds: 21_600 },
  // One failed check is enough for an alert, and the news that it is over is sent once, whether it arrives or not.
  'uptime-kuma': { weight: 0.3, holdSeconds: 3600 },
};

const Secret = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description: `${description}; \`env:NAME\` or \`file:PATH\`, or the secret itself, at least ${SHORTEST_SECRET} characters, which is stored encrypted and never shown again` });

const Match = Type.Record(Type.String({ pattern: '^\\S{1,100}$' }), Type.String({ maxLength: 200 }), {
  additionalProperties: false,
  maxProperties: 20,
  description: 'Labels of an alert and their values: all of them must be so. A value that ends in `*` stands for all that begin so; `{}` matches everything',
  examples: [{ alertname: 'PbxDown', site: 'dc1*' }],
});

const MappingSchema = Strict({
  match: Match,
  primary: Id,
  claim: Type.Optional(Type.Enum(OPEN_CLAIMS, { description: 'What an open alert says of the primary, when its sender does not say how bad it is; default `down`' })),
});
export type Mapping = Static<typeof MappingSchema>;

export const SourceSchema = Strict({
  kind: Type.Enum(SOURCE_KINDS, { description: 'Who posts' }),
  name: Type.Optional(Text(200, 'Shown to people')),
  secret: Secret('How it proves itself'),
  nextSecret: Type.Optional(Secret('While the secret is being replaced: taken too')),
  map: Type.Array(MappingSchema, { maxItems: 500, description: 'Which alerts are about which primaries: all that match count, for one primary the first of them' }),
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'How far it can be trusted alone; default by kind' })),
  holdSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 604_800, description: 'How long an open alert counts of which nothing more is heard, seconds; default by kind' })),
  expectEverySeconds: Type.Optional(Type.Integer({ minimum: 5, maximum: 604_800, description: 'It posts at least this often: when nothing came for so long, that is evidence itself. Kind `heartbeat` must have it' })),
}, { $id: 'Source', description: 'Who posts alerts, and which primaries they are about' });

export type Source = Static<typeof SourceSchema>;

/** The record with each secret put through `change`. */
export function withSourceSecrets(source: Source, change: (secret: string, field: 'secret' | 'nextSecret') => string): Source {
  const { secret, nextSecret, ...rest } = source;
  return { ...rest, secret: change(secret, 'secret'), ...(nextSecret === undefined ? {} : { nextSecret: change(nextSecret, 'nextSecret') }) };
}
