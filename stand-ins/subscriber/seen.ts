/**
 * What a subscriber has taken: which, how often, in which order, how long after they happened. Tests put into `data` of what they send: `line`, those of which must come in
 * order; `n`, which rises within a line and is another for each; `sentAt`, milliseconds since 1970; `live`, when it happened while all was well.
 */

export interface Quantiles {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export interface SeenReport {
  /** Different ones, by path and `webhook-id`. */
  taken: number;
  /** How often one came that was there before, with the same id. */
  again: number;
  /** The same `n` under another id: the first few. */
  doubled: number[];
  /** Which came for the first time after a later one of their line: the first few. */
  early: { line: string; n: number; after: number }[];
  /** Milliseconds since 1970; 0 when nothing was taken. */
  firstAt: number;
  lastAt: number;
  /** How many were taken for the first time in each tenth of a second since the first. */
  perTenth: number[];
  /** From `sentAt` until it was answered, milliseconds. */
  live: Quantiles;
  late: Quantiles;
}

export interface Taken {
  /** Another for each path and `webhook-id`. */
  id: string;
  /** Undefined when it was not looked into. */
  data: { line?: string; n?: number; sentAt?: number; live?: boolean } | undefined;
}

export interface Seen {
  /** Different ones so far: may be asked again and again while times are measured, which a report may not. */
  readonly taken: number;
  take(taken: Taken, now: number): void;
  report(): SeenReport;
  /** Times and rates are counted from now on; what was taken is still known. */
  lap(): void;
  /** Of the numbers from 0 up to `count`, which were not taken. */
  missing(count: number): number[];
  /** The last `n` of each line. */
  lines(): Record<string, number>;
}

const SHOWN = 20;
const TENTH_MS = 100;

export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = Float64Array.from(samples).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

export function createSeen(): Seen {
  const ids = new Set<string>();
  let numbers = new Uint8Array(1024);
  const newest = new Map<string, number>();
  const doubled: number[] = [];
  const early: SeenReport['early'] = [];
  let again = 0;
  let firstAt = 0;
  let lastAt = 0;
  let perTenth: number[] = [];
  let live: number[] = [];
  let late: number[] = [];

  function mark(n: number): void {
    if (n >= numbers.length) {
      const more = new Uint8Array(Math.max(n + 1, numbers.length * 2));
      more.set(numbers);
      numbers = more;
    }
    if (numbers[n] === 1 && doubled.length < SHOWN) doubled.push(n);
    numbers[n] = 1;
  }

  function inOrder(line: string, n: number): void {
    const after = newest.get(line) ?? -1;
    if (n > after) newest.set(line, n);
    else if (early.length < SHOWN) early.push({ line, n, after });
  }

  return {
    get taken() {
      return ids.size;
    },
    take({ id, data }, now) {
      if (ids.has(id)) {
        again += 1;
        return;
      }
      ids.add(id);
      if (firstAt === 0) firstAt = now;
      lastAt = now;
      const tenth = Math.floor((now - firstAt) / TENTH_MS);
      while (perTenth.length <= tenth) perTenth.push(0);
      perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
      const { line, n, sentAt } = data ?? {};
      if (n !== undefined) mark(n);
      if (n !== undefined && line !== undefined) inOrder(line, n);
      if (sentAt !== undefined) (data?.live === true ? live : late).push(now - sentAt);
    },
    report: () => ({ taken: ids.size, again, doubled, early, firstAt, lastAt, perTenth, live: quantiles(live), late: quantiles(late) }),
    lap() {
      firstAt = 0;
      lastAt = 0;
      perTenth = [];
      live = [];
      late = [];
    },
    missing(count) {
      const missing: number[] = [];
      for (let n = 0; n < count; n += 1) if (numbers[n] !== 1) missing.push(n);
      return missing;
    },
    lines: () => Object.fromEntries(newest),
  };
}
