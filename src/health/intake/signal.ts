/** What a post of any source says, in our words: one signal for each thing that it speaks of. Pure. */
import { createHash } from 'node:crypto';
import { Failure } from '../../domain/errors.ts';
import { member } from '../../domain/json.ts';
import type { OpenClaim } from '../../domain/source.ts';

export interface Signal {
  /** The sender's name for the thing, the same when it opens and when it closes; safe to show, 64 characters at most. */
  alert: string;
  /** `open`: something is wrong, and the sender does not say how bad it is; `closed`: it takes back what it said. */
  says: OpenClaim | 'open' | 'closed';
  /** When it was so by the sender's own clock, milliseconds since 1970: of two signals of one alert the later holds. */
  at: number;
  /** Until when it was last known to be so: the arrival of what is repeated for as long as it is so, `at` of what is said once. */
  knownAt: number;
  /** What the map of the source is matched with. */
  labels: Readonly<Record<string, string>>;
  /** A few words for people. */
  title: string;
}

export interface Post {
  signals: readonly Signal[];
  /** Things in it that say nothing of anybody's health: acknowledgements, tests, planned work. */
  ignored: number;
  /** Alerts in it that could not be read, or were left out by their sender. */
  missing: number;
}

/** Reads the JSON of a post. `now`: milliseconds since 1970. Throws `alert_unreadable` for what is no post of that kind. */
export type ReadPost = (body: unknown, now: number) => Post;

/** Alerts of one post that are read; a group that has more is cut, as its sender can do itself. */
export const MOST_SIGNALS = 1000;
const MOST_LABELS = 60;
const LABEL_LENGTH = 300;
/** A sender's clock may be ahead by so much; beyond it what it says has the time at which it came. */
const AHEAD_MS = 300_000;

export function unreadable(detail: string): Failure {
  return new Failure('alert_unreadable', detail);
}

/** An object, or `alert_unreadable`. */
export function objectOf(body: unknown, what: string): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw unreadable(`${what} is expected as a JSON object`);
  return body as Record<string, unknown>;
}

/** The sender's own name where it is short and plain; else what stands for it. */
export function alertName(name: string): string {
  return /^[\w.:-]{1,64}$/.test(name) ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** RFC 3339 with a zone; undefined for anything else, and for Go's zero time, which stands for none. */
export function momentOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/.test(value)) return undefined;
  const moment = Date.parse(value);
  return moment > 0 ? moment : undefined;
}

/** The sender's time, unless it has none or its clock is far ahead: nothing later would ever be believed. */
export function sane(moment: number | undefined, now: number): number {
  return moment === undefined || moment > now + AHEAD_MS ? now : Math.min(moment, now);
}

/** The texts among the members of an object, cut where they are endless. */
export function labelsAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  const found = member(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
  const texts = Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts.slice(0, MOST_LABELS).map(([name, text]) => [name, text.slice(0, LABEL_LENGTH)]));
}

/** Labels of those that are there. */
export function labelled(labels: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text.slice(0, LABEL_LENGTH)] as const])));
}
