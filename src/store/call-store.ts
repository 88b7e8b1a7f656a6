/** Calls in Redis: claims joined, calls read, old ones forgotten. */
import type { Redis } from 'ioredis';
import { callId, OUTCOMES, type Call, type CallClaim, type LegClaim, type Outcome } from '../domain/call.ts';
import { keys } from './keys.ts';
import { answering, isRefusedForGood, storeUnavailable } from './answering.ts';
import { loadScript } from './script.ts';

const recordScript = loadScript<number>('record-claim-2');
const forgetScript = loadScript<number>('forget-calls-1');

export interface CallQuery {
  number?: string | undefined;
  customer?: string | undefined;
  /** Only calls that were missed or lost. */
  unanswered?: boolean | undefined;
  /** Calls that began at or before this moment, milliseconds; with `beforeId`, of those at it only ids below. */
  before?: { at: number; id: string } | undefined;
  limit: number;
}

export interface CallStore {
  /** Joins claims; when it resolves, all of them are durable, but for those that Redis refuses for good: their errors. */
  record(claims: readonly CallClaim[]): Promise<unknown[]>;
  find(id: string): Promise<Call | undefined>;
  /** The newest first. */
  list(query: CallQuery): Promise<Call[]>;
  /** For each caller when it last reached somebody, milliseconds; undefined for never. */
  reachedAt(customer: string | undefined, callers: readonly string[]): Promise<(number | undefined)[]>;
  /** Forgets up to `batch` of the calls from before `before` (milliseconds) or beyond `keep`; returns how many. */
  forget(options: { before: number; keep: number; batch: number }): Promise<number>;
}

const INDEX_PREFIX = keys.callIndex('');

/** The fields of a call that a claim brings. */
function fieldsOf(claim: CallClaim): string[] {
  const fields: string[] = ['carrier', claim.carrier, 'ref', claim.ref];
  const add = (name: string, value: string | number | boolean | undefined): void => {
    if (value !== undefined) fields.push(name, String(value));
  };
  const { arrival, leg, voicemail, ended } = claim;
  if (arrival) {
    for (const name of ['number', 'from', 'customer', 'primary', 'diversion', 'route', 'protected'] as const) add(name, arrival[name]);
  }
  if (leg) add(`leg:${String(leg.position).padStart(2, '0')}:${leg.step}`, JSON.stringify(leg));
  if (voicemail) add('voicemail', JSON.stringify(voicemail));
  if (ended) {
    add('endedAt', claim.at);
    add('seconds', ended.seconds);
  }
  return fields;
}

function toCall(id: string, stored: Record<string, string>): Call | undefined {
  const { carrier, ref, startedAt, outcome } = stored;
  if (carrier === undefined || ref === undefined || startedAt === undefined) return undefined;
  const legs = Object.entries(stored)
    .filter(([name]) => name.startsWith('leg:'))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, value]) => JSON.parse(value) as LegClaim);
  const text = (name: 'number' | 'from' | 'customer' | 'primary' | 'diversion' | 'by') => (stored[name] ? { [name]: stored[name] } : {});
  return {
    id,
    carrier,
    ref,
    startedAt: Number(startedAt),
    outcome: OUTCOMES.find((known) => known === outcome) ?? 'in-progress',
    legs,
    ...text('number'),
    ...text('from'),
    ...text('customer'),
    ...text('primary'),
    ...text('diversion'),
    ...text('by'),
    ...(stored['route'] ? { route: stored['route'] as NonNullable<Call['route']> } : {}),
    ...(stored['protected'] ? { protected: stored['protected'] === 'true' } : {}),
    ...(stored['endedAt'] ? { endedAt: Number(stored['endedAt']) } : {}),
    ...(stored['seconds'] ? { seconds: Number(stored['seconds']) } : {}),
    ...(stored['voicemail'] ? { voicemail: JSON.parse(stored['voicemail']) as NonNullable<Call['voicemail']> } : {}),
  };
}

function indexOf({ number, customer, unanswered }: CallQuery): string {
  if (number !== undefined) return `number:${number}`;
  const owner = customer === undefined ? 'all' : `customer:${customer}`;
  return unanswered ? `${owner}:unanswered` : owner;
}

export function createCallStore(redis: Redis): CallStore {
  function recordOne(claim: CallClaim): Promise<number> {
    const id = callId(claim.carrier, claim.ref);
    const outcome: { is: Outcome; rank: number; by?: string } = claim.outcome ?? { is: 'in-progress', rank: 0 };
    return recordScript.run(redis, [keys.call(id), INDEX_PREFIX], [id, claim.at, outcome.rank, outcome.is, outcome.by ?? '', ...fieldsOf(claim)]);
  }

  async function read(ids: readonly string[]): Promise<(Call | undefined)[]> {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.call(id));
    const replies = ids.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
    return replies.map(([error, stored], at) => (error ? undefined : toCall(ids[at] ?? '', stored as Record<string, string>)));
  }

  return {
    async record(claims) {
      // Sent in one tick, so they travel together and Redis writes them to disk together.
      const results = await Promise.allSettled(claims.map((claim) => recordOne(claim)));
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      const passing = errors.find((error) => !isRefusedForGood(error));
      if (passing !== undefined) throw storeUnavailable(passing);
      return errors;
    },
    find: async (id) => (await read([id]))[0],
    async list(query) {
      const max = query.before ? String(query.before.at) : '+inf';
      const calls: Call[] = [];
      for (let offset = 0; calls.length < query.limit; offset += query.limit) {
        const ids = await answering(redis.zrange(keys.callIndex(indexOf(query)), max, '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, query.limit));
        for (const call of await read(ids)) {
          if (!call || (query.before && call.startedAt === query.before.at && call.id >= query.before.id)) continue;
          if (query.unanswered && call.outcome !== 'missed' && call.outcome !== 'lost') continue;
          if (query.customer !== undefined && call.customer !== query.customer) continue;
          if (calls.length < query.limit) calls.push(call);
        }
        if (ids.length < query.limit) break;
      }
      return calls;
    },
    async reachedAt(customer, callers) {
      if (callers.length === 0) return [];
      const owner = customer === undefined ? 'all' : `customer:${customer}`;
      const scores = await answering(redis.zmscore(keys.callIndex(`${owner}:reached`), ...callers));
      return scores.map((score) => (score === null ? undefined : Number(score)));
    },
    forget: ({ before, keep, batch }) => answering(forgetScript.run(redis, [INDEX_PREFIX], [before, keep, batch, keys.call('')])),
  };
}
