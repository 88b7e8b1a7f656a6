/** One post and what comes of it, as undici tells it. */
import type { Client, Dispatcher } from 'undici';
import { safeText } from '../operations/safe-text.ts';
import { ADDRESS_REFUSED, connectionError } from '../posting/guarded-lookup.ts';
import { retryAfterMs } from '../posting/retry-after.ts';
import type { System } from '../system/system.ts';
import type { Deadline } from './deadline.ts';
import type { Lane } from './lane.ts';
import type { OwnDelay } from './own-delay.ts';

export interface Answer {
  /**
   * - `delivered`: 2xx, to the end
   * - `gone`: 410, it wants nothing any more
   * - `throttled`: 429, 502, 503 or 504, it wants less
   * - `refused`: any other
   * - `unanswered`: no whole answer, in time or at all
   * - `unsent`: it was not to be sent any more, which says nothing of the subscriber
   */
  is: 'delivered' | 'gone' | 'throttled' | 'refused' | 'unanswered' | 'unsent';
  /** 0: there was none. */
  status: number;
  /** How long it took, milliseconds; without what it waited here, once it had come, for others that came at the same time. */
  ms: number;
  /** Of that: until it was connected, and for how long it may have been there while this process was busy, milliseconds. */
  ownMs: number;
  /** The beginning of the answer, or why there was none; without secrets. */
  said(): string;
  /** Milliseconds for which the answer asks to be left alone. */
  retryAfterMs?: number;
}

/** What all posts to one subscriber have in common. */
export interface Course {
  system: Pick<System, 'clock' | 'steady'>;
  ownDelay(): OwnDelay;
  deadline: Deadline<Exchange>;
  maySend(): boolean;
}

/** What is read of an answer; who goes on after that has been understood all the same. */
const MAX_ANSWER_BYTES = 65_536;
const SHOWN = 200;
const THROTTLED: readonly number[] = [429, 502, 503, 504];

const nothing = (): string => '';

function meaning(status: number): Answer['is'] {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  return THROTTLED.includes(status) ? 'throttled' : 'refused';
}

/** `headers`: names and values, one after another, as they came. */
function headerIn(headers: readonly Buffer[], name: string): string | undefined {
  const at = headers.findIndex((part, place) => place % 2 === 0 && part.toString('latin1').toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1]?.toString('latin1');
}

/** A class: functions made anew for each post cost more than what they do. It is told in the older of undici's two ways: for the other undici reads all headers of each answer first. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #course: Course;
  readonly #lane: Lane;
  readonly #client: Client;
  readonly #done: (answer: Answer) => void;
  /** On the steady clock, milliseconds. */
  readonly began: number;
  #sentAt: number;
  #status = 0;
  #wait: string | undefined;
  #bytes = 0;
  #first: Buffer | undefined;
  #isOver = false;

  constructor(course: Course, lane: Lane, client: Client, done: (answer: Answer) => void) {
    this.#course = course;
    this.#lane = lane;
    this.#client = client;
    this.#done = done;
    this.began = course.system.steady();
    this.#sentAt = this.began;
    course.deadline.add(this);
  }

  #over(is: Answer['is'], status: number, said: () => string, asked?: number): void {
    this.#course.deadline.delete(this);
    const { at, sinceRead, unread } = this.#course.ownDelay();
    const ms = Math.max(0, at - this.began - sinceRead);
    const answer: Answer = { is, status, ms, ownMs: Math.min(ms, this.#sentAt - this.began + unread), said };
    if (asked !== undefined) answer.retryAfterMs = asked;
    this.#done(answer);
  }

  /** The connection goes too: nobody knows what comes over it yet. */
  #breakOff(): void {
    // Before: its end may be told at once, as an error of this post.
    this.#isOver = true;
    void this.#client.destroy();
    this.#lane.give(this.#client);
  }

  /** There is no answer, and is to be none. */
  fail(why: string, is: 'unanswered' | 'unsent' = 'unanswered'): void {
    if (this.#isOver) return;
    this.#breakOff();
    const status = this.#status;
    this.#over(is, 0, () => (status === 0 ? why : `${why}, after ${status}`));
  }

  #answered(): void {
    const first = this.#first;
    const is = meaning(this.#status);
    const asked = is === 'throttled' ? retryAfterMs(this.#wait, this.#course.system.clock.now()) : undefined;
    this.#over(is, this.#status, first ? () => safeText(first.toString('utf8', 0, SHOWN)) : nothing, asked);
  }

  onConnect(abort: () => void): void {
    if (this.#isOver) return abort();
    if (!this.#course.maySend()) {
      this.fail('not sent', 'unsent');
      return abort();
    }
    this.#sentAt = this.#course.system.steady();
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.#status = status;
    if (THROTTLED.includes(status)) this.#wait = headerIn(headers, 'retry-after');
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#first ??= chunk;
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) return true;
    this.#breakOff();
    this.#answered();
    return true;
  }

  onComplete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lane.give(this.#client);
    this.#answered();
  }

  onError(error: Error): void {
    const code = connectionError(error);
    this.fail(code === ADDRESS_REFUSED ? 'its name leads to an address that nothing is posted to' : code);
  }
}
