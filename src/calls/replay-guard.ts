/**
 * Tells a carrier's retry from a replay. Webhooks carry no time, and a genuine retry is the same to the letter: so one
 * that was seen before, here or in another process, is answered again for as long as carriers retry, and refused after that.
 */
import { hash52 } from '../domain/hash.ts';
import type { SeenSink } from '../store/webhook-stream.ts';
import { createSeenTable } from './seen-table.ts';

export interface ReplayGuard extends SeenSink {
  /** True when a webhook with this signature was first seen longer ago than the window. */
  isReplay(signature: string, now: number): boolean;
  /** Webhooks that are remembered. */
  readonly size: number;
}

/** Webhooks that are remembered at least, the newest: 8 MB, and as many again: a call has three to six. */
const KEPT = 250_000;
/** News that are kept for who asks; beyond it, older ones stay known here alone. */
const NEWS_KEPT = 100_000;

export function createReplayGuard(windowMs: number): ReplayGuard {
  const firstSeen = createSeenTable(KEPT);
  let fresh: number[] = [];
  let freshSince = 0;
  return {
    isReplay(signature, now) {
      const mark = hash52(signature);
      const before = firstSeen.get(mark);
      if (before !== undefined) return now - before > windowMs;
      firstSeen.set(mark, now);
      if (fresh.length === 0 || now < freshSince) freshSince = now;
      if (fresh.length < NEWS_KEPT) fresh.push(mark);
      return false;
    },
    learn({ marks, at }) {
      for (const mark of marks) firstSeen.set(mark, at);
    },
    news() {
      if (fresh.length === 0) return undefined;
      const news = { marks: fresh, at: freshSince };
      fresh = [];
      return news;
    },
    get size() {
      return firstSeen.size;
    },
  };
}
