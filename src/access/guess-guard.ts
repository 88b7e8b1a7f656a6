/**
 * Slows down who guesses keys: failed authentications are counted by client address and over all, and beyond a burst they are
 * answered with a wait that grows. It is asked only when no key fits, so a good key is never kept out, whatever
 * others send from the same address.
 */
import type { Clock } from '../system/system.ts';

export interface GuessGuard {
  /** Counts a failed authentication; the seconds to wait when there were too many, else undefined. */
  failed(address: string): number | undefined;
  /** Addresses that are remembered. */
  readonly size: number;
}

interface Count {
  failures: number;
  /** When failures were last forgiven, milliseconds since 1970. */
  at: number;
  /** Until when failures are refused, milliseconds since 1970. */
  until: number;
}

/** One failure is forgiven in this time. */
const FORGIVEN_MS = 15_000;
const LONGEST_WAIT_SECONDS = 300;
/** Failures beyond the burst that are counted: so many that the wait has reached its longest. */
const BEYOND = 10;
/** So many times what one address has is allowed to all together, and is forgiven as much faster. */
const ALL_TOGETHER = 50;
/** Addresses that are remembered; the one that failed least recently makes room. */
const ADDRESSES = 10_000;

/** What one client can have as many addresses of as it likes counts as one: an IPv6 network of 64 bits. */
export function clientOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return `${[...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

/** `burst`: failures that one address has before it must wait. */
export function createGuessGuard({ clock, burst }: { clock: Clock; burst: number }): GuessGuard {
  const counts = new Map<string, Count>();
  let all: Count = { failures: 0, at: 0, until: 0 };

  /** The count with one failure more, and the wait that follows from it. */
  function next(before: Count, now: number, allowed: number, forgivenMs: number): { count: Count; wait: number } {
    if (now < before.until) return { count: before, wait: Math.ceil((before.until - now) / 1000) };
    const forgiven = Math.max(0, Math.floor((now - before.at) / forgivenMs));
    const failures = Math.min(allowed + BEYOND, Math.max(0, before.failures - forgiven) + 1);
    // Counted from the last whole one, so that those who ask often are forgiven as well.
    const at = forgiven >= before.failures ? now : before.at + forgiven * forgivenMs;
    const wait = failures > allowed ? Math.min(LONGEST_WAIT_SECONDS, 2 ** (failures - allowed - 1)) : 0;
    return { count: { failures, at, until: now + wait * 1000 }, wait };
  }

  return {
    failed(address) {
      const now = clock.now();
      const client = clientOf(address);
      const mine = next(counts.get(client) ?? { failures: 0, at: now, until: 0 }, now, burst, FORGIVEN_MS);
      counts.delete(client);
      counts.set(client, mine.count);
      if (counts.size > ADDRESSES) for (const [oldest] of counts) {
        counts.delete(oldest);
        break;
      }
      const everybody = next(all, now, burst * ALL_TOGETHER, FORGIVEN_MS / ALL_TOGETHER);
      all = everybody.count;
      const wait = Math.max(mine.wait, everybody.wait);
      return wait > 0 ? wait : undefined;
    },
    get size() {
      return counts.size;
    },
  };
}
