/** How much of a post's time is this process's own: an answer that comes while it is busy is read when it has time, and one that comes with others after them. */
import type { System } from '../system/system.ts';

export interface OwnDelay {
  /** Now, on the steady clock, milliseconds. */
  at: number;
  /** For so long answers have been read that had come all together, this one among them, milliseconds. */
  sinceRead: number;
  /** It may have come so long before that, milliseconds: for at most so long this process had been busy. */
  unread: number;
}

/** Asked at each answer. */
export function createOwnDelay({ steady, idle }: Pick<System, 'steady' | 'idle'>): () => OwnDelay {
  let last = { at: steady(), idle: idle() };
  let unread = 0;
  let isReading = false;
  const end = (): void => {
    isReading = false;
  };
  return () => {
    const at = steady();
    if (isReading) return { at, sinceRead: at - last.at, unread };
    const before = last;
    last = { at, idle: idle() };
    unread = Math.max(0, at - before.at - (last.idle - before.idle));
    isReading = true;
    setImmediate(end);
    return { at, sinceRead: 0, unread };
  };
}
