/**
 * Is anything to be told now, and what of it in one message? What begins together is told together; further news of the same thing waits, unless
 * it is worse than what was told; what stays so is told again after a while; what is silenced waits, and is dropped when it is over.
 */
import { SEVERITIES, type Severity } from '../src/domain/announcement.ts';

/** Milliseconds. */
export interface Pace {
  /** What is new waits so long for what begins with it. */
  waitMs: number;
  /** News of the same thing is told at most this often. */
  intervalMs: number;
  /** What is still so is told again. */
  repeatMs: number;
}

export interface Waiting {
  /** Since when it waits, milliseconds since 1970. */
  at: number;
  severity: Severity;
  isSilenced: boolean;
}

/** One primary, or one source. */
export interface Subject {
  /** Not told yet, the oldest first. */
  waiting: readonly Waiting[];
  /** The last message about it. */
  told?: { at: number; severity: Severity; isSilenced: boolean } | undefined;
  /** It is still as it was told: diverted, waiting for somebody, blocked, quiet. */
  isOpen: boolean;
}

export interface Telling {
  /** By the place of the subject: those of its announcements that are told now. */
  news: readonly { subject: number; waiting: readonly number[] }[];
  /** Subjects of which the last is told again. */
  repeats: readonly number[];
  /** Subjects of which what was silenced is over: it is not told any more. */
  dropped: readonly number[];
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** When the news of a subject is due; and whether it may go with what others have to tell before that. Undefined: there is none. */
export function newsDue({ waiting, told }: Pick<Subject, 'waiting' | 'told'>, pace: Pace, now: number): { at: number; mayJoin: boolean } | undefined {
  const live = waiting.filter(({ isSilenced }) => !isSilenced);
  if (live.length === 0) return undefined;
  // A clock that was set back must not hold anything up.
  const since = Math.min(now, ...live.map(({ at }) => at));
  const isWorse = told !== undefined && live.some(({ severity }) => rank(severity) > rank(told.severity));
  const resting = told === undefined || isWorse || told.at > now ? Number.NEGATIVE_INFINITY : told.at + pace.intervalMs;
  return { at: Math.max(since + pace.waitMs, resting), mayJoin: resting <= now };
}

export function announceWhen(subjects: readonly Subject[], pace: Pace, now: number): Telling {
  const dues = subjects.map((subject) => newsDue(subject, pace, now));
  const isDue = dues.some((due) => due !== undefined && due.at <= now);
  const live = (waiting: readonly Waiting[]): number[] => waiting.flatMap((one, at) => (one.isSilenced ? [] : [at]));
  return {
    news: dues.flatMap((due, subject) => (due && isDue && (due.at <= now || due.mayJoin) ? [{ subject, waiting: live(subjects[subject]!.waiting) }] : [])),
    repeats: subjects.flatMap(({ told, isOpen }, subject) => (dues[subject] === undefined && told && isOpen && !told.isSilenced && now - told.at >= pace.repeatMs ? [subject] : [])),
    dropped: subjects.flatMap(({ waiting, isOpen }, subject) => (!isOpen && waiting.some(({ isSilenced }) => isSilenced) ? [subject] : [])),
  };
}
