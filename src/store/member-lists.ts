/** Who is on a trunk or an application by the carrier's own word, for a short time and all processes; and since when the carrier cannot say it. */
import type { Redis } from 'ioredis';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface MemberList {
  /** When it was begun, milliseconds since 1970. */
  at: number;
  /** E.164. */
  numbers: readonly string[];
}

export interface MemberLists {
  /** What was listed so lately that it need not be asked for again. */
  read(carrier: string, group: string, now: number): Promise<MemberList | undefined>;
  keep(carrier: string, group: string, list: MemberList): Promise<void>;
  /** Resolves with since when it fails without a list in between, milliseconds since 1970. */
  failed(carrier: string, group: string, now: number): Promise<number>;
  /** It is known to be otherwise. */
  forget(carrier: string, groups: readonly string[]): Promise<void>;
}

/** How long a list is good, milliseconds: many looks at one group come within it, and few numbers. */
export const LISTED_MS = 5000;
/** Looked at again so seldom at most while it fails, milliseconds: after more it is as if it had never failed. */
const FAILS_KEPT_MS = 300_000;

function listOf(stored: string | null): MemberList | undefined {
  try {
    const value = JSON.parse(stored ?? 'null') as Partial<MemberList> | null;
    return typeof value?.at === 'number' && Array.isArray(value.numbers) ? { at: value.at, numbers: value.numbers } : undefined;
  } catch {
    return undefined;
  }
}

export function createMemberLists(redis: Redis): MemberLists {
  return {
    async read(carrier, group, now) {
      const kept = listOf(await answering(redis.get(keys.memberList(carrier, group))));
      // Another clock may be ahead.
      return kept && Math.abs(now - kept.at) < LISTED_MS ? kept : undefined;
    },
    async keep(carrier, group, list) {
      await answering(redis.set(keys.memberList(carrier, group), JSON.stringify(list), 'PX', LISTED_MS));
      await answering(redis.del(keys.memberListFails(carrier, group)));
    },
    async failed(carrier, group, now) {
      const key = keys.memberListFails(carrier, group);
      await answering(redis.set(key, String(now), 'PX', FAILS_KEPT_MS, 'NX'));
      const since = Number((await answering(redis.get(key))) ?? now);
      await answering(redis.pexpire(key, FAILS_KEPT_MS));
      return since;
    },
    async forget(carrier, groups) {
      if (groups.length > 0) await answering(redis.del(...groups.map((group) => keys.memberList(carrier, group))));
    },
  };
}
