/** Announcements: what people are told of primaries and of the sources that watch them, and in which kinds. */
import { Type, type Static } from 'typebox';
import { Strict } from './schema.ts';

/** Each with its meaning, as pages and messages give it. */
export const ANNOUNCEMENT_KINDS = {
  pending: 'automation asks: somebody must agree before it acts',
  started: 'a diversion has begun: calls go to the backup plans',
  blocked: 'a brake keeps automation from acting',
  escalating: 'a diversion gets worse: it lasts, or the primary failed again while it was given calls back',
  restored: 'a diversion has ended: all calls are the primary’s own again',
  'source-quiet': 'a source of alerts that is expected to post does not',
  'source-back': 'a source that had gone quiet posts again',
  test: 'somebody tries whether messages arrive',
} as const;

export type AnnouncementKind = keyof typeof ANNOUNCEMENT_KINDS;

/** What a receiver can ask for; a test goes to whom it is sent. */
export const KINDS_TOLD = Object.keys(ANNOUNCEMENT_KINDS).filter((kind) => kind !== 'test') as Exclude<AnnouncementKind, 'test'>[];

/** From the least to the most urgent. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const AnnouncementSchema = Strict({
  /** The same for all processes that know of it. */
  id: Type.String({ maxLength: 200 }),
  kind: Type.Enum(Object.keys(ANNOUNCEMENT_KINDS) as AnnouncementKind[]),
  severity: Type.Enum(SEVERITIES),
  /** What it is about, `primaries/pbx` or `sources/am`: what is told of one thing is told together. */
  subject: Type.String({ maxLength: 100 }),
  /** The primaries that it concerns. */
  primaries: Type.Array(Type.String()),
  /** Milliseconds since 1970: when it was so. */
  at: Type.Integer(),
  /** Why, in one sentence. No whole telephone numbers. */
  sentence: Type.String({ maxLength: 1000 }),
  diversion: Type.Optional(Type.String()),
  /** Who did it: the id of a key, or nobody for automation. */
  by: Type.Optional(Type.String()),
  /** More for machines. */
  facts: Type.Record(Type.String(), Type.String({ maxLength: 300 })),
  /** Told by one process without Redis: others may tell it as well. */
  alone: Type.Optional(Type.Literal(true)),
});
export type Announcement = Static<typeof AnnouncementSchema>;

export const MessageSchema = Strict({
  /** The same at every try: a receiver that sees it twice knows it. */
  id: Type.String({ pattern: '^msg_[A-Za-z0-9]{8,64}$' }),
  receiver: Type.String(),
  /** When it was written, milliseconds since 1970. */
  at: Type.Integer(),
  announcements: Type.Array(AnnouncementSchema, { minItems: 1 }),
  /** It has been told before, and is so still. */
  isRepeat: Type.Boolean(),
});
export type Message = Static<typeof MessageSchema>;
