/** Reads what waits for a subscriber, in Redis: in order by itself, and by a script with how many wait of each key or for a look that was asked for. */
import type { Redis } from 'ioredis';
import type { Notification, NotificationClass } from '../domain/notification.ts';
import { answering } from './answering.ts';
import type { BacklogStore, Held } from './backlog-store.ts';
import { keys } from './keys.ts';
import { loadScript } from './script.ts';

type Range = Parameters<BacklogStore['take']>[3];
type Place = Parameters<BacklogStore['sweep']>[2];
type Page = Awaited<ReturnType<BacklogStore['take']>>;

const takeScript = loadScript<(string | number)[] | null>('take-notifications-4');
const holdScript = loadScript<number>('hold-backlog-1');

/** Should nothing be heard of a drain, its subscriber is looked at again after this, milliseconds. */
const UNHEARD_MS = 15_000;
/** Texts of each notification that is taken with how many wait of its key. */
const COUNTED = 3;
/** Of an entry besides its text, about; as the scripts have it. */
const ENTRY_BYTES = 64;

/** `text`: what an entry has, see src/store/commands/lib/backlog-books.lua. */
export function notificationOf(text: string, notificationClass: NotificationClass): Notification {
  const dataAt = text.indexOf('\n') + 1;
  const [id, kind, key, at, expiresAt, contentType] = JSON.parse(text.slice(0, dataAt)) as [id: string, kind: string, key: string, at: string, expiresAt: string, contentType?: string];
  const notification: Notification = { id, kind, key, class: notificationClass, at: Number(at), data: text.slice(dataAt) };
  if (expiresAt !== '') notification.expiresAt = Number(expiresAt);
  if (contentType !== undefined) notification.contentType = contentType;
  return notification;
}

const heldOf = (place: string, text: string, notificationClass: NotificationClass): Held => ({ place, bytes: Buffer.byteLength(text) + ENTRY_BYTES, notification: notificationOf(text, notificationClass) });

export function createBacklogReads(redis: Redis): Pick<BacklogStore, 'take' | 'sweep'> {
  function read(subscriber: string, drain: string, now: number, range: Place, again: number | '') {
    return answering(takeScript.run(redis, [keys.backlogPrefix, keys.backlogTotals, keys.backlogHolders, keys.backlogDue], [subscriber, drain, now, range.class, range.after, range.limit, again]));
  }

  async function sweep(subscriber: string, now: number, range: Place): Promise<string | undefined> {
    const last = (await read(subscriber, '', now, range, ''))?.[0];
    return last === undefined || last === '' ? undefined : String(last);
  }

  /** In one step with the word that a look is under way: what comes between the two would ask for a look, and that would be forgotten. */
  async function counted(subscriber: string, token: string, now: number, range: Range): Promise<Page> {
    const reply = await read(subscriber, token, now, range, range.seen ? now + UNHEARD_MS : '');
    if (reply === null) return undefined;
    const held: Held[] = [];
    for (let at = 1; at < reply.length; at += COUNTED) held.push({ ofKey: Number(reply[at]), ...heldOf(String(reply[at + 1]), String(reply[at + 2]), range.class) });
    return { held, last: reply[0] === '' ? undefined : String(reply[0]) };
  }

  /** No script has what is read in its hands: that costs Redis several times what reading does. Whose the backlog is, is asked behind it. */
  async function inOrder(subscriber: string, token: string, now: number, range: Range): Promise<Page> {
    const [page, isOurs] = await answering(Promise.all([
      redis.xrange(keys.backlog(subscriber, range.class), `(${range.after}`, '+', 'COUNT', range.limit),
      holdScript.run(redis, [keys.backlog(subscriber, 'notes')], [token, now]),
    ]));
    if (isOurs !== 1) return undefined;
    const held = page.map(([place, entry]) => heldOf(place, entry[1] ?? '', range.class));
    const fresh = held.filter(({ notification: { expiresAt } }) => expiresAt === undefined || expiresAt > now);
    if (fresh.length < held.length) await sweep(subscriber, now, range);
    return { held: fresh, last: page.at(-1)?.[0] };
  }

  return {
    take: (subscriber, token, now, range) => (range.counted || range.seen ? counted : inOrder)(subscriber, token, now, range),
    sweep,
  };
}
