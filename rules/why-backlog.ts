/** How a subscriber's backlog stands, and the one sentence that says why. */
import { isoSeconds } from '../src/domain/instant.ts';
import type { PrimaryState } from '../src/domain/primary.ts';
import { replayFlow } from './replay-flow.ts';

/** The first that is so; what waits is sent in the last two alone. */
export const BACKLOG_STANDS = ['paused', 'disabled', 'held', 'failing', 'live-only', 'idle', 'delivering', 'waiting'] as const;
export type BacklogStand = (typeof BACKLOG_STANDS)[number];

/** Moments in milliseconds since 1970. */
export interface BacklogFacts {
  pausedAt?: number;
  disabledAt?: number;
  failingUntil?: number;
  failingSince?: number;
  failure?: string;
  waiting: number;
  /** Keys whose first notification is to be tried again. */
  retries: number;
  oldestAt?: number;
  /** Deliveries a second, and when that was so. */
  perSecond?: number;
  perSecondAt?: number;
}

export interface BacklogVerdict {
  is: BacklogStand;
  why: string;
  /** While it is delivering: deliveries a second, and in how many seconds nothing waits any more at that rate. */
  perSecond?: number;
  etaSeconds?: number;
}

/** A rate is of a drain that is at it: older than this it is over, milliseconds. */
const RATE_HOLDS_MS = 10_000;

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** @param primary the one that the subscriber is part of, if any; `now` in milliseconds since 1970 */
export function whyBacklog(facts: BacklogFacts, primary: { id: string; state: Pick<PrimaryState, 'is'> } | undefined, now: number): BacklogVerdict {
  const { pausedAt, disabledAt, failingSince, failingUntil, failure, waiting, retries, oldestAt, perSecond = 0, perSecondAt = 0 } = facts;
  const wait = waiting === 0 ? 'nothing waits' : `${waiting} wait${waiting === 1 ? 's' : ''}${oldestAt === undefined ? '' : `, the first since ${isoSeconds(oldestAt)}`}`;
  if (pausedAt !== undefined) return { is: 'paused', why: `Nothing is sent: it was paused at ${isoSeconds(pausedAt)}; ${wait}.` };
  if (disabledAt !== undefined) return { is: 'disabled', why: `Nothing is sent: it answered 410 at ${isoSeconds(disabledAt)}, which says that it wants nothing any more, until somebody resumes it; ${wait}.` };
  const flow = replayFlow(primary?.state);
  if (primary && flow === 'none') return { is: 'held', why: `Nothing is sent while the primary \`${primary.id}\` is ${primary.state.is}; ${wait}.` };
  if (failingSince !== undefined) {
    const again = failingUntil === undefined ? 'soon' : `at ${isoSeconds(failingUntil)}`;
    return { is: 'failing', why: `It has failed since ${isoSeconds(failingSince)}${failure === undefined ? '' : ` (${failure})`} and is tried again ${again}; ${wait}.` };
  }
  if (primary && flow === 'live') return { is: 'live-only', why: `What happens now is sent at once, and what waits when the primary \`${primary.id}\` is up: it is ${primary.state.is}; ${wait}.` };
  if (waiting === 0) return { is: 'idle', why: 'Nothing waits: what comes is sent at once.' };
  if (perSecond > 0 && now - perSecondAt <= RATE_HOLDS_MS) {
    const etaSeconds = Math.ceil(waiting / perSecond);
    return { is: 'delivering', why: `${wait[0]?.toUpperCase() ?? ''}${wait.slice(1)}; ${perSecond.toFixed(perSecond < 10 ? 1 : 0)} a second are delivered, which takes another ${counted(etaSeconds, 'second')}.`, perSecond, etaSeconds };
  }
  return { is: 'waiting', why: `${wait}${retries > 0 ? `; ${counted(retries, 'key')} had a failure and ${retries === 1 ? 'is' : 'are'} tried again` : ', to be sent as soon as a worker takes it'}.` };
}
