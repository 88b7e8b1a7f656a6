/**
 * How many calls numbers had lately, without counting all of them: a sample of the calls in the order of their time, whatever there are, and for
 * a few numbers the count itself.
 */
import type { Redis } from 'ioredis';
import type { Arrival } from '../domain/call.ts';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface CallSample {
  /** All calls since then. */
  total: number;
  /** Those looked at, evenly spread over them: all when there are no more than that. */
  sampled: number;
  /** Of those, how many each number had, E.164. */
  byNumber: ReadonlyMap<string, number>;
}

export interface CallVolume {
  /** Of one customer's calls alone when it is given; `since` in milliseconds since 1970. Throws `store_unavailable`, as the other. */
  sample(customer: string | undefined, since: number): Promise<CallSample>;
  /** How many calls each of the numbers had since each of the moments. */
  counts(numbers: readonly string[], since: readonly number[]): Promise<number[][]>;
}

/** Calls looked at at most: the error of a share is then below one in a hundred. */
export const SAMPLE = 10_000;
/** Neighbours in time that are read at once. */
const BLOCK = 200;
/** A stored part begins with its moment. */
const MOMENT_DIGITS = 15;

function numberIn(arrival: unknown): string | undefined {
  if (typeof arrival !== 'string') return undefined;
  try {
    return (JSON.parse(arrival.slice(MOMENT_DIGITS)) as Partial<Arrival>).number;
  } catch {
    return undefined;
  }
}

export function createCallVolume(redis: Redis, most: number = SAMPLE): CallVolume {
  async function numbersOf(ids: readonly string[]): Promise<(string | undefined)[]> {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hget(keys.call(id), 'arrival');
    const replies = ids.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
    return replies.map(([error, arrival]) => (error ? undefined : numberIn(arrival)));
  }

  return {
    async sample(customer, since) {
      const index = keys.callIndex(customer === undefined ? 'all' : `customer:${customer}`);
      const total = await answering(redis.zcount(index, since, '+inf'));
      const byNumber = new Map<string, number>();
      const blocks = Math.ceil(Math.min(total, most) / BLOCK);
      let sampled = 0;
      for (let block = 0; block < blocks; block += 1) {
        const from = Math.floor((block * total) / blocks);
        const to = total <= most ? Math.floor(((block + 1) * total) / blocks) - 1 : from + Math.floor(most / blocks) - 1;
        for (const number of await numbersOf(await answering(redis.zrevrange(index, from, to)))) {
          if (number === undefined) continue;
          sampled += 1;
          byNumber.set(number, (byNumber.get(number) ?? 0) + 1);
        }
      }
      return { total, sampled, byNumber };
    },
    async counts(numbers, since) {
      const pipeline = redis.pipeline();
      for (const number of numbers) for (const moment of since) pipeline.zcount(keys.callIndex(`number:${number}`), moment, '+inf');
      const replies = numbers.length === 0 ? [] : ((await answering(pipeline.exec())) ?? []);
      return numbers.map((_, at) => since.map((_moment, place) => Number(replies[at * since.length + place]?.[1] ?? 0)));
    },
  };
}
