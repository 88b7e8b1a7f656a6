/**
 * Forgets the newest states of keys of which nothing has come for long, so that keys which come and go (a parked call, say) leave nothing behind. Until then an older
 * state that comes late, or is redriven, is known to be older.
 */
import type { Redis } from 'ioredis';
import { answering } from './answering.ts';
import { notificationOf } from './backlog-reads.ts';
import { keys } from './keys.ts';
import { loadScript } from './script.ts';

const forgetScript = loadScript<number>('forget-states-2');

const PAGE = 500;

/** Of dead letters, which can be redriven: the names of their states, as in the hash. */
async function redrivable(redis: Redis, subscriber: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (let after = '-', found; ; after = `(${found.at(-1)![0]}`) {
    found = await answering(redis.xrange(keys.backlog(subscriber, 'dead'), after, '+', 'COUNT', PAGE));
    for (const [, [, text = '']] of found) {
      const { kind, key } = notificationOf(text, 'state');
      names.add(`${kind}\0${key}`);
    }
    if (found.length < PAGE) return names;
  }
}

/** What `BacklogStore.forget` promises. */
export async function forgetStates(redis: Redis, subscriber: string, before: number, cursor: string): Promise<string | undefined> {
  const states = keys.backlog(subscriber, 'states');
  const [next, flat] = await answering(redis.hscan(states, cursor, 'COUNT', PAGE));
  const old: string[] = [];
  let dead: Set<string> | undefined;
  for (let at = 0; at < flat.length; at += 2) {
    const [name, value] = [flat[at]!, flat[at + 1]!];
    if (Number.parseInt(value, 10) >= before) continue;
    dead ??= await redrivable(redis, subscriber);
    if (!dead.has(name)) old.push(name, value);
  }
  if (old.length > 0) await answering(forgetScript.run(redis, [states, keys.backlog(subscriber, 'state')], old));
  return next === '0' ? undefined : next;
}
