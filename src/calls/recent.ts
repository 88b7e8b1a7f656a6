/**
 * Remembers the newest of many entries: at least `kept`, at most twice as many. Two generations, of which the older goes
 * as a whole: taking the oldest out of a Map one by one leaves holes at its front, which each look for the oldest walks
 * over again (30 µs and more an entry at 100,000).
 */
export interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

export function createRecent<V>(kept: number): Recent<V> {
  let newer = new Map<string, V>();
  let older = new Map<string, V>();
  return {
    get: (key) => newer.get(key) ?? older.get(key),
    set(key, value) {
      newer.set(key, value);
      if (newer.size < kept) return;
      older = newer;
      newer = new Map();
    },
  };
}
