/**
 * Where notifications are handed in over the API. With an `Idempotency-Key` the id is made of the key and the body, so that every process gives the same one, also after a crash
 * and while Redis is away; who has used the key for another body is told so for a day, by whichever process, as far as Redis can be asked.
 */
import { createHash } from 'node:crypto';
import { codeOf, Failure } from '../domain/errors.ts';
import { expiryOf, isEventKind } from '../domain/event-kinds.ts';
import { ID_BYTES, letteredId } from '../domain/lettered-id.ts';
import type { Notification } from '../domain/notification.ts';
import { slow } from '../store/answering.ts';
import type { IdempotencyKeys } from '../store/idempotency-keys.ts';
import { within } from '../system/pause.ts';
import type { Clock, Random, Timers } from '../system/system.ts';
import type { Intake } from './intake.ts';

export type Posted = Omit<Notification, 'id' | 'at' | 'contentType'>;

export interface PostDesk {
  /** Resolves with the id when it is durable. Throws `idempotency_key_reused` or `store_unavailable`. */
  post(subscriber: string, posted: Posted, idempotencyKey?: string): Promise<string>;
}

interface Options {
  intake: Pick<Intake, 'take'>;
  idempotency: Pick<IdempotencyKeys, 'claim'>;
  random: Random;
  clock: Clock;
  timers: Timers;
}

const ID_PREFIX = 'ntf';
/** How long Redis is waited for before a process goes by what it knows itself: it may hang. */
const CLAIM_MS = 250;
/** How many keys a process remembers by itself while Redis is away. */
const REMEMBERED_MAX = 10_000;

function derivedId(idempotencyKey: string, subscriber: string, { kind, key, class: notificationClass, data, expiresAt }: Posted): string {
  return letteredId(ID_PREFIX, createHash('sha256').update(JSON.stringify([idempotencyKey, subscriber, kind, key, notificationClass, data, expiresAt])).digest());
}

/** Of a kind that is known it is of use for as long as the catalogue says, unless its sender says otherwise. */
function atNow(id: string, posted: Posted, at: number): Notification {
  const usual = isEventKind(posted.kind) ? expiryOf(posted.kind, at) : undefined;
  return { id, ...(usual === undefined ? {} : { expiresAt: usual }), ...posted, at };
}

export function createPostDesk({ intake, idempotency, random, clock, timers }: Options): PostDesk {
  /** Keys that Redis could not be asked about, and their ids; the oldest first. */
  const unclaimed = new Map<string, string>();

  function assertSame(holder: string | undefined, id: string): void {
    if (holder !== undefined && holder !== id) throw new Failure('idempotency_key_reused');
  }

  /** True when Redis knows now what the key stands for. */
  async function claim(key: string, id: string): Promise<boolean> {
    assertSame(unclaimed.get(key), id);
    try {
      assertSame(await within(timers, CLAIM_MS, idempotency.claim(key, id, () => Promise.resolve(false)), slow), id);
      unclaimed.delete(key);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'store_unavailable') throw error;
    }
    // Another may have come meanwhile.
    assertSame(unclaimed.get(key), id);
    unclaimed.set(key, id);
    for (const oldest of unclaimed.keys()) if (unclaimed.size > REMEMBERED_MAX) unclaimed.delete(oldest);
    return false;
  }

  return {
    async post(subscriber, posted, idempotencyKey) {
      const id = idempotencyKey === undefined ? letteredId(ID_PREFIX, random.bytes(ID_BYTES)) : derivedId(idempotencyKey, subscriber, posted);
      const isClaimed = idempotencyKey === undefined || (await claim(idempotencyKey, id));
      await intake.take(subscriber, atNow(id, posted, clock.now()), isClaimed ? undefined : idempotencyKey);
      return id;
    },
  };
}
