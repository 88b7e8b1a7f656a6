/** Calls in Redis: claims joined, calls read, old ones forgotten. */
import type { Redis } from 'ioredis';
import { callId, OUTCOMES, type Arrival, type Call, type CallClaim, type LegClaim } from '../domain/call.ts';
import { keys } from './keys.ts';
import { redisJson } from './redis-json.ts';
import { answering, isRefusedForGood, replyError, storeUnavailable } from './answering.ts';
import { unconfirmed, type Confirmed } from './replica-wait.ts';
import { loadScript } from './script.ts';

/** Position of a claim that was refused, and why, in turn. */
type Refusals = readonly (number | string)[];
const recordScript = loadScript<Refusals>('record-claims-4');
const forgetScript = loadScript<number>('forget-calls-1');

export interface CallQuery {
  number?: string | undefined;
  customer?: string | undefined;
  /** With both: looks through the calls of the customer, not those of the number, which may be another's. */
  withinCustomer?: boolean;
  /** Only calls that were missed or lost. */
  unanswered?: boolean | undefined;
  /** Calls that began at or before this moment, milliseconds; with `beforeId`, of those at it only ids below. */
  before?: { at: number; id: string } | undefined;
  limit: number;
}

export interface Caller {
  from: string;
  /** Undefined for who called a number that was nobody's. */
  customer: string | undefined;
}

export interface CallStore {
  /** Joins claims; when it resolves, all of them are durable, but for those that Redis refuses for good: their errors. */
  record(claims: readonly CallClaim[]): Promise<unknown[]>;
  find(id: string): Promise<Call | undefined>;
  /** In the order of the ids; undefined for what is not there. */
  findAll(ids: readonly string[]): Promise<(Call | undefined)[]>;
  /** The newest first. */
  list(query: CallQuery): Promise<Call[]>;
  /** When each of these callers last reached somebody of the customer it had called, milliseconds; undefined for never. */
  reachedAt(callers: readonly Caller[]): Promise<(number | undefined)[]>;
  /** Forgets up to `batch` of the calls from before `before` (milliseconds) or beyond `keep`; returns how many. */
  forget(options: { before: number; keep: number; batch: number }): Promise<number>;
}

const INDEX_PREFIX = keys.callIndex('');
const CALL_PREFIX = keys.call('');
const MOMENT_DIGITS = 15;
const LEG = 'leg:';

/** A claim's part as it is stored: with its moment before it, so that of two the earlier is the smaller text. */
function stamped(at: number, value: unknown): string {
  return String(at).padStart(MOMENT_DIGITS, '0') + redisJson(value);
}

/** Adds the fields of a call that a claim brings, name and value in turn. */
function addFields(list: string[], { at, arrival, leg, voicemail, ended }: CallClaim): void {
  if (arrival) list.push('arrival', stamped(at, arrival));
  if (leg) list.push(`${LEG}${String(leg.position).padStart(2, '0')}:${leg.step}`, stamped(at, leg));
  if (voicemail) list.push('voicemail', stamped(at, voicemail));
  if (ended) list.push('ended', stamped(at, ended));
}

function part(stored: string | undefined): unknown {
  return stored === undefined ? undefined : JSON.parse(stored.slice(MOMENT_DIGITS));
}

function legsOf(stored: Readonly<Record<string, string>>): LegClaim[] {
  const names = Object.keys(stored).filter((name) => name.startsWith(LEG)).sort();
  return names.map((name) => part(stored[name]) as LegClaim);
}

function toCall(id: string, stored: Readonly<Record<string, string>>): Call {
  // A carrier's id has no colon, its own id of a call may have.
  const colon = id.indexOf(':');
  const { number, from, customer, primary, diversion, route, protected: isProtected } = (part(stored['arrival']) ?? {}) as Partial<Arrival>;
  const voicemail = part(stored['voicemail']) as Call['voicemail'];
  const ended = part(stored['ended']) as CallClaim['ended'];
  const { outcome, by } = stored;
  return {
    id,
    carrier: id.slice(0, colon),
    ref: id.slice(colon + 1),
    startedAt: Number(stored['startedAt']),
    outcome: OUTCOMES.find((known) => known === outcome) ?? 'in-progress',
    legs: legsOf(stored),
    ...(number ? { number } : {}),
    ...(from ? { from } : {}),
    ...(customer === undefined ? {} : { customer }),
    ...(primary === undefined ? {} : { primary }),
    ...(diversion === undefined ? {} : { diversion }),
    ...(by ? { by } : {}),
    ...(route === undefined ? {} : { route }),
    ...(isProtected === undefined ? {} : { protected: isProtected }),
    ...(ended ? { endedAt: Number(stored['ended']?.slice(0, MOMENT_DIGITS)) } : {}),
    ...(ended?.seconds === undefined ? {} : { seconds: ended.seconds }),
    ...(voicemail ? { voicemail } : {}),
  };
}

/** A claim as record-claims-4.lua takes it. */
function written(claim: CallClaim): string[] {
  const { outcome, arrival } = claim;
  const list = [callId(claim.carrier, claim.ref), String(claim.at), String(outcome?.rank ?? 0), outcome?.is ?? 'in-progress', outcome?.by ?? '', arrival?.number ?? '', arrival?.customer ?? ''];
  addFields(list, claim);
  return list;
}

function errorsOf(refusals: Refusals): Error[] {
  return refusals.flatMap((entry, at) => (at % 2 === 1 ? [replyError(String(entry))] : []));
}

/** Undefined when there is no such call, or when its record is broken: it hides no other. */
export function readCall(id: string, stored: Readonly<Record<string, string>>): Call | undefined {
  if (stored['startedAt'] === undefined) return undefined;
  try {
    return toCall(id, stored);
  } catch {
    return undefined;
  }
}

function indexOf({ number, customer, withinCustomer, unanswered }: CallQuery): string {
  if (number !== undefined && !withinCustomer) return `number:${number}`;
  const owner = customer === undefined ? 'all' : `customer:${customer}`;
  return unanswered ? `${owner}:unanswered` : owner;
}

export function createCallStore(redis: Redis, confirmed: Confirmed = unconfirmed): CallStore {
  async function read(ids: readonly string[]): Promise<(Call | undefined)[]> {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.call(id));
    const replies = ids.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
    return replies.map(([error, stored], at) => {
      if (error && !isRefusedForGood(error)) throw storeUnavailable(error);
      return error ? undefined : readCall(ids[at] ?? '', stored as Record<string, string>);
    });
  }

  return {
    async record(claims) {
      if (claims.length === 0) return [];
      return confirmed(async () => {
        const refused = errorsOf(await answering(recordScript.run(redis, [INDEX_PREFIX, CALL_PREFIX, keys.owed, keys.records('subscribers')], [redisJson(claims.map(written))])));
        const passing = refused.find((error) => !isRefusedForGood(error));
        if (passing !== undefined) throw storeUnavailable(passing);
        return refused;
      });
    },
    find: async (id) => (await read([id]))[0],
    findAll: read,
    async list(query) {
      const max = query.before ? String(query.before.at) : '+inf';
      const calls: Call[] = [];
      for (let offset = 0; calls.length < query.limit; offset += query.limit) {
        const ids = await answering(redis.zrange(keys.callIndex(indexOf(query)), max, '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, query.limit));
        for (const call of await read(ids)) {
          if (!call || (query.before && call.startedAt === query.before.at && call.id >= query.before.id)) continue;
          if (query.unanswered && call.outcome !== 'missed' && call.outcome !== 'lost') continue;
          if (query.number !== undefined && call.number !== query.number) continue;
          if (query.customer !== undefined && call.customer !== query.customer) continue;
          if (calls.length < query.limit) calls.push(call);
        }
        if (ids.length < query.limit) break;
      }
      return calls;
    },
    async reachedAt(callers) {
      const pipeline = redis.pipeline();
      for (const { from, customer } of callers) {
        const owner = customer === undefined ? 'nobody' : `customer:${customer}`;
        // Members are `from NUL moment NUL call`, see record-claims-4.lua.
        pipeline.zrange(keys.callIndex(`${owner}:reached`), `(${from}\u0001`, `[${from}\0`, 'BYLEX', 'REV', 'LIMIT', 0, 1);
      }
      const replies = callers.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
      return replies.map(([error, members]) => {
        if (error) throw storeUnavailable(error);
        const [last] = members as string[];
        return last === undefined ? undefined : Number(last.split('\0')[1]);
      });
    },
    forget: ({ before, keep, batch }) => answering(forgetScript.run(redis, [INDEX_PREFIX], [before, keep, batch, CALL_PREFIX])),
  };
}
