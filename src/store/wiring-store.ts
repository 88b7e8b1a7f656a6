/**
 * How the numbers for which a carrier asks us were set there when they were last seen in peace: what the go-bag puts back. Lost with Redis, and found anew by
 * the next check of the carrier. Most numbers of a carrier are set alike, so what they have is kept once.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { answering } from './answering.ts';
import { keys } from './keys.ts';

export interface SeenWiring {
  /** The number's own id at the carrier. */
  ref: string;
  /** The carrier's own fields by name. */
  routing: Readonly<Record<string, string>>;
}

export interface WiringStore {
  /** In the order of the numbers; undefined for those of which nothing is known. Throws `store_unavailable`, as all of these. */
  readMany(carrier: string, numbers: readonly string[]): Promise<(SeenWiring | undefined)[]>;
  /** `now` in milliseconds since 1970. */
  note(carrier: string, seen: ReadonlyMap<string, SeenWiring>, now: number): Promise<void>;
  /** What was not seen since then, milliseconds since 1970, is not there any more. */
  forget(carrier: string, before: number): Promise<void>;
  drop(carrier: string): Promise<void>;
}

const PAGE = 500;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** `AT DIGEST REF` */
function noteIn(stored: string | null | undefined): { at: number; digest: string; ref: string } | undefined {
  const [at = '', digest = '', ref = ''] = stored?.split(' ') ?? [];
  return ref === '' ? undefined : { at: Number(at), digest, ref };
}

function routingIn(stored: string | null | undefined): SeenWiring['routing'] | undefined {
  try {
    return JSON.parse(stored ?? '') as SeenWiring['routing'];
  } catch {
    return undefined;
  }
}

export function createWiringStore(redis: Redis): WiringStore {
  async function* all(carrier: string): AsyncGenerator<string[]> {
    let cursor = '0';
    do {
      const [next, found] = await answering(redis.hscan(keys.wirings(carrier), cursor, 'COUNT', PAGE));
      cursor = next;
      yield found;
    } while (cursor !== '0');
  }

  return {
    async readMany(carrier, numbers) {
      if (numbers.length === 0) return [];
      const notes = (await answering(redis.hmget(keys.wirings(carrier), ...numbers))).map(noteIn);
      const digests = [...new Set(notes.flatMap((note) => note?.digest ?? []))];
      const found = digests.length === 0 ? [] : await answering(redis.hmget(keys.wiringForms(carrier), ...digests));
      const routings = new Map(digests.map((digest, at) => [digest, routingIn(found[at])]));
      return notes.map((note) => {
        const routing = note && routings.get(note.digest);
        return note && routing ? { ref: note.ref, routing } : undefined;
      });
    },
    async note(carrier, seen, now) {
      if (seen.size === 0) return;
      const forms = new Map<string, string>();
      const notes = new Map<string, string>();
      for (const [number, { ref, routing }] of seen) {
        const text = JSON.stringify(routing);
        const digest = digestOf(text);
        forms.set(digest, text);
        notes.set(number, `${now} ${digest} ${ref}`);
      }
      await answering(redis.multi().hset(keys.wiringForms(carrier), forms).hset(keys.wirings(carrier), notes).exec());
    },
    async forget(carrier, before) {
      // First: a form that is noted while the numbers are gone through may be of one that was passed already.
      const known = await answering(redis.hkeys(keys.wiringForms(carrier)));
      const used = new Set<string>();
      for await (const found of all(carrier)) {
        const gone: string[] = [];
        for (let place = 0; place < found.length; place += 2) {
          const note = noteIn(found[place + 1]);
          if (note && note.at >= before) used.add(note.digest);
          else gone.push(found[place] ?? '');
        }
        if (gone.length > 0) await answering(redis.hdel(keys.wirings(carrier), ...gone));
      }
      const unused = known.filter((digest) => !used.has(digest));
      if (unused.length > 0) await answering(redis.hdel(keys.wiringForms(carrier), ...unused));
    },
    async drop(carrier) {
      await answering(redis.unlink(keys.wirings(carrier), keys.wiringForms(carrier)));
    },
  };
}
