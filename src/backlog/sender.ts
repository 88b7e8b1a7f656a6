/** Posts what may go, within the budget, and judges what comes back: taken, given up, tried again later, or not to blame at all. */
import { isGivenUp, retryWaitMs } from '../../rules/replay-waits.ts';
import type { Attempt, Held, Settled } from '../store/backlog-store.ts';
import type { Clock } from '../system/system.ts';
import type { Budget, Permit, PostResult } from './budgets.ts';
import type { Post } from './deliver.ts';
import type { Answer } from './exchange.ts';
import type { Line, Lines } from './lines.ts';
import type { SubscriberHealth } from './subscriber-health.ts';

/** By what the next post goes, as long as this holds. */
export interface Way {
  post: Post;
  budget: Budget;
  worth: 'critical' | 'standard' | 'low';
  retryForSeconds: number;
}

export interface Sender {
  /** Posts as much as may go. */
  pump(): void;
  /** What comes back from now on is not looked at. */
  close(): void;
  readonly inFlight: number;
  /** Were taken so far. */
  readonly taken: number;
}

interface Options {
  subscriber: string;
  lines: Lines;
  health: SubscriberHealth;
  way(): Way | undefined;
  /** How many may be on their way in all; of the backlog none unless it flows. */
  most(): number;
  backlogFlows(): boolean;
  /** It ended so, or is tried again. */
  settle(line: Line, settled: Settled, attempt: () => Attempt): void;
  /** It is of no use any more, and was not posted. */
  expired(line: Line, held: Held): void;
  /** 410. */
  gone(): void;
  /** Something came back, or was of no use. */
  back(): void;
  clock: Clock;
  chance(): number;
}

type Kind = 'live' | 'backlog';

/** Asked for at a time, so that a budget that is shared knows how much is wanted. */
const WISHES = 10;

/** A refusal says that it lives and has time. */
const isWell = ({ is, status }: Answer): boolean => is === 'delivered' || is === 'gone' || (is === 'refused' && status < 500);

/** Undefined: the turn was not used. */
function resultOf(answer: Answer): PostResult | undefined {
  const { is, ms, ownMs, retryAfterMs } = answer;
  if (is === 'unsent') return undefined;
  const result: PostResult = { ms, ownMs, well: isWell(answer), throttled: is === 'throttled' };
  if (retryAfterMs !== undefined) result.retryAfterMs = retryAfterMs;
  return result;
}

export function createSender({ subscriber, lines, health, way, most, backlogFlows, settle, expired, gone, back, clock, chance }: Options): Sender {
  const wished: Record<Kind, number> = { live: 0, backlog: 0 };
  let inFlight = 0;
  let taken = 0;
  let isPumping = false;
  let isClosed = false;
  /** As of the last look: what allows more than that is looked at with each answer and each turn, and no more often. */
  let limit = 0;

  const hasRoom = (): boolean => inFlight < limit;
  const mayGo = (kind: Kind): boolean => kind === 'live' || backlogFlows();

  function refused(line: Line, held: Held, answer: Answer, at: number, attempt: () => Attempt): void {
    const { tries, since } = line.tried ?? { tries: 0, since: at };
    const { place, bytes, notification } = held;
    if (isGivenUp(since, at, way()?.retryForSeconds ?? Number.POSITIVE_INFINITY)) {
      lines.over(line);
      settle(line, { place, bytes, notification, outcome: { is: 'dead', cause: `${answer.status === 0 ? 'no answer' : answer.status} ${answer.said()}`.trim(), tries: tries + 1 } }, attempt);
      return;
    }
    const retry = { tries: tries + 1, since, at: at + retryWaitMs(tries + 1, chance()) };
    lines.again(line, retry);
    settle(line, { place, bytes, notification, outcome: { is: 'retry', ...retry } }, attempt);
  }

  function came(line: Line, held: Held, sentAt: number, answer: Answer): void {
    if (answer.is === 'unsent') return lines.again(line);
    const at = clock.now();
    const { place, bytes, notification } = held;
    const attempt = (): Attempt => ({ id: notification.id, kind: notification.kind, key: notification.key, at: sentAt, ms: Math.round(answer.ms), status: answer.status, said: answer.said() });
    if (answer.is === 'delivered') {
      taken += 1;
      const failed = health.succeeded(line, at);
      if (failed) lines.forgive(failed.since, failed.forMs);
      lines.over(line);
      settle(line, { place, bytes, notification, outcome: { is: 'delivered' } }, attempt);
      return;
    }
    if (answer.is === 'gone') {
      lines.again(line);
      return gone();
    }
    const why = answer.status === 0 ? answer.said() : `it answered ${answer.status}`;
    const verdict = answer.is === 'throttled'
      ? health.throttled(line, { sentAt, why, retryAfterMs: answer.retryAfterMs }, at)
      : health.failed(line, { sentAt, why, isUnanswered: answer.is === 'unanswered', isAlone: inFlight === 0 }, at);
    if (verdict === 'line') refused(line, held, answer, at, attempt);
    else lines.again(line);
  }

  /** False: none was there, or may go, any more. */
  function send(kind: Kind, permit: Permit): boolean {
    const by = hasRoom() && mayGo(kind) ? way() : undefined;
    const line = by && lines.next(kind === 'live');
    const held = line?.first;
    if (!by || !line || !held) {
      permit.done(undefined);
      return false;
    }
    const sentAt = clock.now();
    if (held.notification.expiresAt !== undefined && held.notification.expiresAt <= sentAt) {
      permit.done(undefined);
      lines.over(line);
      expired(line, held);
      back();
      return true;
    }
    inFlight += 1;
    by.post(held.notification, (answer) => {
      inFlight -= 1;
      // Before the next may go: it says whether it may.
      if (!isClosed) came(line, held, sentAt, answer);
      permit.done(resultOf(answer));
      if (!isClosed) back();
    });
    return true;
  }

  /** A turn that was waited for has come; the next is asked for. */
  function given(kind: Kind, permit: Permit | undefined): void {
    wished[kind] -= 1;
    if (!permit) return;
    limit = most();
    send(kind, permit);
    pump();
  }
  const givenFor: Record<Kind, (permit: Permit | undefined) => void> = { live: (permit) => given('live', permit), backlog: (permit) => given('backlog', permit) };

  function wish(kind: Kind): void {
    while (!isClosed && hasRoom() && mayGo(kind) && wished[kind] < Math.min(WISHES, lines.ready(kind === 'live'))) {
      const by = way();
      if (!by) return;
      wished[kind] += 1;
      const permit = by.budget.turn({ live: kind === 'live', worth: by.worth, subscriber }, givenFor[kind]);
      if (!permit) continue;
      wished[kind] -= 1;
      if (!send(kind, permit)) return;
    }
  }

  function pump(): void {
    // A post may be back before it is sent.
    if (isPumping) return;
    isPumping = true;
    wish('live');
    wish('backlog');
    isPumping = false;
  }

  return {
    pump() {
      limit = most();
      pump();
    },
    close() {
      isClosed = true;
    },
    get inFlight() {
      return inFlight;
    },
    get taken() {
      return taken;
    },
  };
}
