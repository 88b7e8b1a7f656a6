/** Backlogs in Redis: what src/store/backlog-store.ts promises, by the scripts whose books are src/store/commands/lib/backlog-books.lua. */
import type { Redis } from 'ioredis';
import { ENDS, type BacklogCounts, type NotificationClass } from '../domain/notification.ts';
import { parseJson } from '../domain/json.ts';
import { answering } from './answering.ts';
import { createBacklogReads, notificationOf } from './backlog-reads.ts';
import type { Arrival, Attempt, BacklogStatus, BacklogStore, DeadFilter, DeadLetter, Retry, Settled, Standing, Worth } from './backlog-store.ts';
import { forgetStates } from './forget-states.ts';
import { keys } from './keys.ts';
import { redisJson } from './redis-json.ts';
import { unconfirmed, type Confirmed } from './replica-wait.ts';
import { loadScript } from './script.ts';

type Entry = readonly string[];
type Fields = Readonly<Record<string, string>>;

const acceptScript = loadScript<number[] | null>('accept-notifications-7');
const settleScript = loadScript<number>('settle-notifications-3');
const restScript = loadScript<number>('rest-backlog-2');
const wakeScript = loadScript<number>('wake-backlogs-3');
const dueScript = loadScript<(string | number)[]>('due-backlogs-3');
const redriveScript = loadScript<[number, number]>('redrive-letters-4');
const removeScript = loadScript<number>('remove-backlog-6');
const reckonScript = loadScript<(string | number)[]>('reckon-backlogs-3');

const RANK: Readonly<Record<Worth, number>> = { low: 0, standard: 1, critical: 2 };
const CODES = ['repeated', 'accepted', 'coalesced'] as const;
/** How long it is remembered that an id was accepted, seconds. */
const REMEMBERED_SECONDS = 86_400;
const ATTEMPTS_KEPT = 200;
const LETTERS_KEPT = 10_000;
const PAGE = 500;

const OF_ONE = [keys.backlogPrefix, keys.backlogTotals, keys.backlogHolders] as const;

const arrived = ({ subscriber, worth, notification, mayRepeat, most }: Arrival): string[] => {
  const { id, kind, key, at, expiresAt, data, contentType } = notification;
  return [subscriber, String(RANK[worth]), notification.class, id, kind, key, String(at), expiresAt === undefined ? '' : String(expiresAt), data, contentType ?? '', mayRepeat ? '1' : '', String(most.count), String(most.bytes)];
};

const named = (flat: Entry): Fields => Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] ?? '', flat[2 * at + 1] ?? '']));

function letterOf(place: string, entry: Entry): DeadLetter {
  const { n = '', s, w = '', r, g } = named(entry);
  return { place, notification: notificationOf(n, s === 'state' ? 'state' : 'history'), cause: w, tries: Number(r), diedAt: Number(g) };
}

function retryOf(field: string, value: string): Retry {
  const [place = '0', tries, since, at] = value.split(' ');
  return { class: field.startsWith('s') ? 'state' : 'history', key: field.slice(1), place, tries: Number(tries), since: Number(since), at: Number(at) };
}

const numberIn = (fields: Fields, name: string): number => Number(fields[name] ?? 0);
const optional = <Name extends string>(fields: Fields, name: Name): { [K in Name]?: number } => (fields[name] === undefined ? {} : { [name]: Number(fields[name]) }) as { [K in Name]?: number };

const STANDING = ['pausedAt', 'disabledAt', 'failingUntil', 'failingSince', 'failure'] as const satisfies readonly (keyof Standing)[];

function standingOf(fields: Fields): Standing {
  return { ...optional(fields, 'pausedAt'), ...optional(fields, 'disabledAt'), ...optional(fields, 'failingUntil'), ...optional(fields, 'failingSince'), ...(fields['failure'] === undefined ? {} : { failure: fields['failure'] }) };
}

function countsOf(fields: Fields, waiting: number): BacklogCounts {
  const ends = Object.fromEntries(ENDS.map((end) => [end, numberIn(fields, end)])) as Record<(typeof ENDS)[number], number>;
  return { accepted: numberIn(fields, 'accepted'), waiting, ...ends };
}

/** As its script has them: those that were delivered, nearly all, take a third of what they would with a list for each. */
function settledAs(settled: readonly Settled[]): [delivered: string, others: string] {
  const delivered: Record<NotificationClass, (string | number)[]> = { history: [], state: [] };
  const others: string[][] = [];
  for (const { place, bytes, notification, outcome } of settled) {
    const { key } = notification;
    if (outcome.is === 'delivered') delivered[notification.class].push(place, key, bytes);
    else others.push([outcome.is, notification.class, place, key, String(bytes), ...(outcome.is === 'dead' ? [outcome.cause, String(outcome.tries)] : [String(outcome.tries), String(outcome.since), String(outcome.at)])]);
  }
  return [redisJson(delivered), redisJson(others)];
}

function isMeant({ notification: { id, key, kind, at } }: DeadLetter, filter: DeadFilter): boolean {
  return (filter.ids?.includes(id) ?? true) && (filter.key ?? key) === key && (filter.kind ?? kind) === kind && (filter.from ?? at) <= at && at <= (filter.to ?? at);
}

const momentOf = (place: string): number => Number(place.split('-')[0]);

/** `confirmed`: what is accepted is acknowledged when the replicas have it, where there are any. */
export function createBacklogStore(redis: Redis, confirmed: Confirmed = unconfirmed): BacklogStore {
  const { take, sweep } = createBacklogReads(redis);

  async function write(owed: readonly string[], arrivals: readonly Arrival[], now: number, allBytes: number): Promise<number[] | null> {
    const places = [...OF_ONE, keys.backlogDue, keys.backlogKnown, keys.backlogAccepted(''), keys.owed];
    return confirmed(() => answering(acceptScript.run(redis, places, [now, allBytes, REMEMBERED_SECONDS, JSON.stringify(owed), redisJson(arrivals.map(arrived))])));
  }

  async function lettersAfter(subscriber: string, after: string): Promise<DeadLetter[]> {
    const found = await answering(redis.xrange(keys.backlog(subscriber, 'dead'), `(${after}`, '+', 'COUNT', PAGE));
    return found.map(([place, entry]) => letterOf(place, entry));
  }

  return {
    async accept(arrivals, now, allBytes) {
      const codes = arrivals.length === 0 ? [] : ((await write([], arrivals, now, allBytes)) ?? []);
      return codes.map((code) => CODES[code] ?? 'accepted');
    },
    feed: async (owed, arrivals, now, allBytes) => (await write(owed, arrivals, now, allBytes)) !== null,
    async owed(limit) {
      const found = await answering(redis.xrange(keys.owed, '-', '+', 'COUNT', limit));
      return found.map(([place, fields]) => ({ place, text: fields[1] ?? '' }));
    },
    async due(now, heardMs, limit) {
      const flat = await answering(dueScript.run(redis, [keys.backlogPrefix, keys.backlogHolders, keys.backlogDue], [now, now - heardMs, limit]));
      const found = Array.from({ length: flat.length / 3 }, (_, at) => ({ subscriber: String(flat[3 * at]), drain: flat[3 * at + 1] === '' ? undefined : String(flat[3 * at + 1]), rank: Number(flat[3 * at + 2]) }));
      return found.toSorted((one, other) => other.rank - one.rank).map(({ subscriber, drain }) => ({ subscriber, drain }));
    },
    async ask(subscriber, at) {
      await answering(redis.multi().hdel(keys.backlog(subscriber, 'notes'), 'quiet').zadd(keys.backlogDue, 'LT', at, subscriber).exec());
    },
    wake: (subscribers, now, apartMs) => answering(wakeScript.run(redis, [keys.backlogPrefix, keys.backlogHolders, keys.backlogDue], [now, apartMs, redisJson(subscribers)])),
    async begin(subscriber, token, now) {
      const notes = keys.backlog(subscriber, 'notes');
      const all = redis.multi().hset(notes, 'drain', token, 'heard', now).hdel(notes, 'quiet')
        .hgetall(keys.backlog(subscriber, 'retries')).hgetall(notes);
      const replies = (await answering(all.exec())) ?? [];
      const retries = Object.entries((replies[2]?.[1] ?? {}) as Fields).map(([field, value]) => retryOf(field, value));
      const fields = (replies[3]?.[1] ?? {}) as Fields;
      const waiting = numberIn(fields, 'waiting:history') + numberIn(fields, 'waiting:state');
      return { retries, standing: standingOf(fields), meanBytes: numberIn(fields, 'bytes') / Math.max(1, waiting), ...optional(fields, 'lastDeliveredAt') };
    },
    take,
    async settle(subscriber, token, now, settled, attempts, perSecond) {
      const args = [subscriber, token, now, ...settledAs(settled), redisJson(attempts.map((attempt) => redisJson(attempt))), ATTEMPTS_KEPT, LETTERS_KEPT, perSecond ?? ''];
      return (await answering(settleScript.run(redis, OF_ONE, args))) === 1;
    },
    async standing(subscriber) {
      const values = await answering(redis.hmget(keys.backlog(subscriber, 'notes'), ...STANDING));
      return standingOf(Object.fromEntries(values.flatMap((value, at) => (value === null ? [] : [[STANDING[at] ?? '', value]]))));
    },
    async stand(subscriber, standing) {
      const notes = keys.backlog(subscriber, 'notes');
      const all = redis.multi();
      for (const [name, value] of Object.entries(standing)) {
        if (value === undefined) all.hdel(notes, name);
        else all.hset(notes, name, value);
      }
      await answering(all.exec());
    },
    async rest(subscriber, token, now, at, quiet = false) {
      await answering(restScript.run(redis, [keys.backlog(subscriber, 'notes'), keys.backlogDue], [subscriber, token, now, at ?? '', quiet ? '1' : '']));
    },

    sweep,
    forget: (subscriber, before, cursor) => forgetStates(redis, subscriber, before, cursor),
    async status(subscriber) {
      const part = (name: string): string => keys.backlog(subscriber, name);
      const all = redis.multi().hgetall(part('notes')).xlen(part('history')).xlen(part('state')).hlen(part('retries')).xlen(part('dead'))
        .xrange(part('history'), '-', '+', 'COUNT', 1).xrange(part('state'), '-', '+', 'COUNT', 1);
      const replies = ((await answering(all.exec())) ?? []).map(([, reply]) => reply);
      const fields = (replies[0] ?? {}) as Fields;
      const waiting = { history: Number(replies[1]), state: Number(replies[2]) };
      const firsts = [replies[5], replies[6]].flatMap((reply) => (reply as [string, Entry][]).map(([place]) => momentOf(place)));
      return {
        ...standingOf(fields), counts: countsOf(fields, waiting.history + waiting.state), waiting, bytes: numberIn(fields, 'bytes'), retries: Number(replies[3]), deadKept: Number(replies[4]),
        ...(firsts.length === 0 ? {} : { oldestAt: Math.min(...firsts) }), ...optional(fields, 'perSecond'), ...optional(fields, 'perSecondAt'), ...optional(fields, 'lastDeliveredAt'),
      } satisfies BacklogStatus;
    },
    async totals() {
      const [unaccounted, ...flat] = await answering(reckonScript.run(redis, [keys.backlogPrefix, keys.backlogTotals, keys.backlogKnown], []));
      const fields = named(flat.map(String));
      return { counts: countsOf(fields, numberIn(fields, 'waiting')), bytes: numberIn(fields, 'bytes'), unaccounted: Number(unaccounted) };
    },
    known: () => answering(redis.smembers(keys.backlogKnown)),

    async attempts(subscriber, limit) {
      const found = await answering(redis.xrevrange(keys.backlog(subscriber, 'attempts'), '+', '-', 'COUNT', limit));
      return found.flatMap(([, fields]) => (parseJson(fields[1] ?? '') as Attempt | undefined) ?? []);
    },
    async deadLetters(subscriber, filter, after, limit) {
      const letters: DeadLetter[] = [];
      for (let page = await lettersAfter(subscriber, after); page.length > 0; page = await lettersAfter(subscriber, page.at(-1)?.place ?? '')) {
        for (const letter of page) {
          if (isMeant(letter, filter)) letters.push(letter);
          if (letters.length === limit) return { letters, last: letter.place };
        }
      }
      return { letters, last: undefined };
    },
    async redrive(subscriber, filter, worth, now) {
      const done = { redriven: 0, coalesced: 0 };
      for (let page = await lettersAfter(subscriber, '0'); page.length > 0; page = await lettersAfter(subscriber, page.at(-1)?.place ?? '')) {
        const places = page.filter((letter) => isMeant(letter, filter)).map(({ place }) => place);
        if (places.length === 0) continue;
        const [redriven, coalesced] = await answering(redriveScript.run(redis, [...OF_ONE, keys.backlogDue], [subscriber, now, JSON.stringify(places), RANK[worth]]));
        done.redriven += redriven;
        done.coalesced += coalesced;
      }
      return done;
    },
    remove: (subscriber) => answering(removeScript.run(redis, [...OF_ONE, keys.backlogDue, keys.backlogKnown, keys.records('subscribers')], [subscriber])),
  };
}
