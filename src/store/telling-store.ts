/**
 * What is to be told, in Redis: announcements, each put down once however many processes see what it is about; what each receiver was told;
 * messages on their way, which outlast whoever sends them.
 */
import type { Redis } from 'ioredis';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { ANNOUNCEMENT_KINDS, AnnouncementSchema, MessageSchema, type Announcement, type AnnouncementKind, type Message } from '../domain/announcement.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { parseJson } from '../domain/json.ts';
import { Strict } from '../domain/schema.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';
import { loadScript } from './script.ts';

const announceScript = loadScript<number>('announce-2');
const composeScript = loadScript<number>('compose-message-2');

/** Those that no receiver has taken note of for so long are of no use to anybody. */
const ANNOUNCEMENTS_KEPT = 5000;
const AT_ONCE = 200;
/** Messages of one diversion that are remembered, and for how long: as long as which numbers it moved. */
const TOLD_KEPT = 500;
const TOLD_KEPT_SECONDS = 400 * 86_400;
/** Entries of imports are up to half a megabyte each. */
const ENTRIES_AT_ONCE = 20;
/** What is told is about primaries; the rest need not be read. Who and what stand at the beginning of an entry. */
const OF_PRIMARIES = '"action":"primaries.';
const BEGINNING = 1000;

/** What one receiver was told of a diversion. */
const ToldSchema = Strict({
  /** When it arrived or was given up, milliseconds since 1970. */
  at: Type.Integer(),
  receiver: Type.String(),
  kinds: Type.Array(Type.Enum(Object.keys(ANNOUNCEMENT_KINDS) as AnnouncementKind[])),
  /** It had been told before, and was so still. */
  isRepeat: Type.Boolean(),
  /** It did not arrive: why. */
  failure: Type.Optional(Type.String()),
});
export type Told = Static<typeof ToldSchema>;

export interface ReceiverNotes {
  sent: number;
  givenUp: number;
  /** Milliseconds since 1970. */
  lastSentAt: number | undefined;
  lastFailedAt: number | undefined;
  /** Why, in our own words; without secrets. */
  lastFailure: string | undefined;
}

/** All of these throw `store_unavailable`. */
export interface TellingStore {
  /** How far each origin of announcements has come. */
  origins(): Promise<ReadonlyMap<string, string>>;
  /** Puts these down, if the origin is still where it was; false when another was faster. */
  announce(origin: string, was: string | undefined, now: string, announcements: readonly Announcement[]): Promise<boolean>;
  /** Announcements after one, the oldest first, with the ids of their places. */
  announcementsAfter(place: string): Promise<{ place: string; announcement: Announcement | undefined }[]>;
  /** The entries of the audit trail about primaries after one, those up to commit `revision`; and the id of the last that was looked at. */
  auditAfter(id: string, revision: number): Promise<{ entries: { id: string; entry: AuditEntry }[]; last: string | undefined }>;
  /** What is noted of each receiver, as it was written. */
  tellings(): Promise<ReadonlyMap<string, string>>;
  /** Notes what a receiver is told, with the message; false when another was faster. */
  compose(receiver: string, was: string | undefined, now: string | undefined, message?: Message): Promise<boolean>;
  message(id: string): Promise<Message | undefined>;
  /** The messages on their way, by id, with whom they are for. */
  underWay(): Promise<string[]>;
  /** It has arrived (`failure` undefined) or is given up; noted once, whoever else says so: with its receiver, and with the diversions that it is about. */
  end(message: Pick<Message, 'id' | 'receiver' | 'announcements' | 'isRepeat'>, at: number, failure?: string): Promise<void>;
  /** What people were told of a diversion, the oldest first. */
  toldOf(diversion: string): Promise<Told[]>;
  /** A try has failed. */
  failed(receiver: string, at: number, failure: string): Promise<void>;
  notes(receiver: string): Promise<ReceiverNotes>;
  forget(receiver: string): Promise<void>;
}

const announcements = Compile(AnnouncementSchema);
const messages = Compile(MessageSchema);
const tolds = Compile(ToldSchema);

function auditEntry(text: string): AuditEntry | undefined {
  const value = parseJson(text) as Partial<AuditEntry> | null | undefined;
  return typeof value?.at === 'number' && typeof value.action === 'string' && Array.isArray(value.changes) ? (value as AuditEntry) : undefined;
}

const revisionOf = (id: string): number => Number(id.split('-')[0]);
const moment = (text: string | undefined): number | undefined => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined);

export function createTellingStore(redis: Redis): TellingStore {
  return {
    origins: async () => new Map(Object.entries(await answering(redis.hgetall(keys.announced)))),
    announce: async (origin, was, now, all) => (await answering(announceScript.run(redis, [keys.announced, keys.announcements], [origin, was ?? '', now, ANNOUNCEMENTS_KEPT, ...all.map((one) => JSON.stringify(one))]))) === 1,
    async announcementsAfter(place) {
      const found = await answering(redis.xrange(keys.announcements, `(${place}`, '+', 'COUNT', AT_ONCE));
      return found.map(([id, fields]) => {
        const value = parseJson(fields[1] ?? '');
        return { place: id, announcement: announcements.Check(value) ? value : undefined };
      });
    },
    async auditAfter(id, revision) {
      const found = (await answering(redis.xrange(keys.audit, `(${id}`, '+', 'COUNT', ENTRIES_AT_ONCE))).filter(([at]) => revisionOf(at) <= revision);
      const entries = found.flatMap(([at, fields]) => {
        const text = fields[3] ?? '';
        const entry = text.slice(0, BEGINNING).includes(OF_PRIMARIES) ? auditEntry(text) : undefined;
        return entry ? [{ id: at, entry }] : [];
      });
      return { entries, last: found.at(-1)?.[0] };
    },
    tellings: async () => new Map(Object.entries(await answering(redis.hgetall(keys.tellings)))),
    compose: async (receiver, was, now, message) => (await answering(composeScript.run(redis, [keys.tellings, keys.messages], [receiver, was ?? '', now ?? '', message?.id ?? '', message ? JSON.stringify(message) : '']))) === 1,
    async message(id) {
      const value = parseJson((await answering(redis.hget(keys.messages, id))) ?? '');
      return messages.Check(value) ? value : undefined;
    },
    underWay: () => answering(redis.hkeys(keys.messages)),
    async end({ id, receiver, announcements: all, isRepeat }, at, failure) {
      if ((await answering(redis.hdel(keys.messages, id))) === 0) return;
      const notes = keys.receiverNotes(receiver);
      const noting = redis.multi();
      if (failure === undefined) noting.hincrby(notes, 'sent', 1).hset(notes, 'lastSentAt', at).hdel(notes, 'lastFailedAt', 'lastFailure');
      else noting.hincrby(notes, 'givenUp', 1).hset(notes, 'lastFailedAt', at, 'lastFailure', failure);
      for (const diversion of new Set(all.flatMap((one) => one.diversion ?? []))) {
        const kinds = all.flatMap((one) => (one.diversion === diversion ? [one.kind] : []));
        const one: Told = { at, receiver, kinds: [...new Set(kinds)], isRepeat, ...(failure === undefined ? {} : { failure }) };
        const key = keys.told(diversion);
        noting.rpush(key, JSON.stringify(one)).ltrim(key, -TOLD_KEPT, -1).expire(key, TOLD_KEPT_SECONDS);
      }
      await answering(noting.exec());
    },
    async toldOf(diversion) {
      return (await answering(redis.lrange(keys.told(diversion), 0, -1))).flatMap((text) => {
        const value = parseJson(text);
        return tolds.Check(value) ? [value] : [];
      });
    },
    async failed(receiver, at, failure) {
      await answering(redis.hset(keys.receiverNotes(receiver), 'lastFailedAt', at, 'lastFailure', failure));
    },
    async notes(receiver) {
      const fields = await answering(redis.hgetall(keys.receiverNotes(receiver)));
      return { sent: moment(fields['sent']) ?? 0, givenUp: moment(fields['givenUp']) ?? 0, lastSentAt: moment(fields['lastSentAt']), lastFailedAt: moment(fields['lastFailedAt']), lastFailure: fields['lastFailure'] };
    },
    async forget(receiver) {
      await answering(redis.multi().hdel(keys.tellings, receiver).del(keys.receiverNotes(receiver)).exec());
    },
  };
}
