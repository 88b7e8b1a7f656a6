/**
 * Of how many numbers a key has changed the destinations lately. Every such change of a key is written on condition that no other
 * of the same key came between, so changes that run at once are counted one after the other, and none is missed.
 */
import type { StoredKey } from '../domain/key.ts';
import type { Draft } from '../store/draft.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export interface Account {
  /** The key itself; or, of one that was made within the window, the key that made it. */
  id: string;
  /** Numbers whose destinations were changed within the window. */
  recent: number;
  /** A table that holds this commit holds every change of the account so far. */
  position: number;
  /** For the commit that changes the destinations of `numbers` more; it fails when the account was charged meanwhile. */
  charge(draft: Draft, numbers: number): void;
}

type Reader = Pick<Store, 'find' | 'marked' | 'position'>;

/** `[end of a part of the window, numbers]`, and how many changes there were: so that each writes something else. */
interface Charges {
  changes: number;
  parts: [until: number, numbers: number][];
}

/** Parts in which the window is reckoned: a change counts for up to this much of it longer. */
const PARTS = 60;
/** Keys that made each other within the window; more in a row nobody has. */
const MAKERS_MAX = 50;

async function keyOf(store: Reader, id: string): Promise<StoredKey | undefined> {
  const found = await store.find('keys', id);
  return found && 'record' in found ? found.record : undefined;
}

/** What a key counts as: a key that was made within the window is no other person than the one that made it. */
export async function accountOf(store: Reader, key: string, now: number, withinMs: number): Promise<string> {
  let id = key;
  for (let step = 0; step < MAKERS_MAX; step += 1) {
    const made = (await keyOf(store, id))?.made;
    if (!made || now - made.at >= withinMs) return id;
    id = made.by;
  }
  return id;
}

function read(stored: string | undefined): Charges {
  try {
    if (stored !== undefined) return JSON.parse(stored) as Charges;
  } catch {
    // Written by somebody else: nobody can say what it was.
  }
  return { changes: 0, parts: [] };
}

function charged({ changes, parts }: Charges, numbers: number, now: number, withinMs: number): Charges {
  const width = Math.ceil(withinMs / PARTS);
  const until = (Math.floor(now / width) + 1) * width;
  const kept = parts.filter(([end]) => end + withinMs > now);
  const last = kept.at(-1);
  if (numbers === 0) return { changes: changes + 1, parts: kept };
  if (last?.[0] === until) return { changes: changes + 1, parts: [...kept.slice(0, -1), [until, last[1] + numbers]] };
  return { changes: changes + 1, parts: [...kept, [until, numbers]] };
}

/** @param now milliseconds since 1970 @param withinMs the window, milliseconds */
export async function openAccount(store: Reader, key: string, now: number, withinMs: number): Promise<Account> {
  const id = await accountOf(store, key, now, withinMs);
  const stored = await store.marked(keys.accounts, id);
  // After the charges: what they tell of is not later than this.
  const position = await store.position();
  const charges = read(stored);
  return {
    id,
    recent: charges.parts.reduce((sum, [until, numbers]) => (until + withinMs > now ? sum + numbers : sum), 0),
    position,
    charge: (draft, numbers) => draft.mark(keys.accounts, id, stored, JSON.stringify(charged(charges, numbers, now, withinMs))),
  };
}
