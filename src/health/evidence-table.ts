/** The evidence that one process knows of: the newest claim of each source, until it expires. Memory alone; src/health/evidence-board.ts shares it. */
import { BECAUSE_LENGTH, SOURCE_LENGTH, type Evidence } from '../domain/evidence.ts';

/** A source takes back what it said, and says nothing in its place. Kept as long as what was taken back could still be told by others. */
export interface Withdrawal extends Pick<Evidence, 'primary' | 'source' | 'at' | 'expiresAt'> {
  withdrawn: true;
}

export type Told = Evidence | Withdrawal;

export interface EvidenceTable {
  /** What this process says itself: it knows the order of its own words, whatever its clock does. Returns it as it was taken. */
  say(told: Told): Told;
  /** What another process said; of one source the newer counts, of the same moment the later heard. */
  hear(told: Told): void;
  /** What is not expired, the newest first. */
  about(primary: string): readonly Evidence[];
  held(primary: string, source: string): Told | undefined;
  /** Forgets what has expired long ago. */
  sweep(): void;
  /** Words that hold, also those that take something back. */
  readonly size: number;
}

/** Sources of one primary that are kept; beyond it the largest group makes room. An alert for each telephone of a site is still in it. */
export const SOURCES_KEPT = 200;
/** Clocks of processes that go apart by no more are taken as equal, milliseconds. */
const SKEW_MS = 2000;
/** What has expired is remembered so long, milliseconds, so that nothing older of its source takes its place. */
const REMEMBERED_MS = 60_000;

const isEvidence = (told: Told): told is Evidence => !('withdrawn' in told);

const sameWords = (one: Told, other: Told): boolean => JSON.stringify({ ...one, at: 0 }) === JSON.stringify({ ...other, at: 0 });

/**
 * Of so many, what makes room: of the group that has most, what expires first. A flood of alerts must push out no probe. What was
 * taken back counts as a group.
 */
function leastMissed(all: ReadonlyMap<string, Told>): string {
  const family = (told: Told): string => (isEvidence(told) ? told.group : 'withdrawn');
  const counts = new Map<string, number>();
  for (const told of all.values()) counts.set(family(told), (counts.get(family(told)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  let least: Told | undefined;
  for (const told of all.values()) if (counts.get(family(told)) === most && (!least || told.expiresAt < least.expiresAt)) least = told;
  return least?.source ?? '';
}

export function createEvidenceTable(now: () => number): EvidenceTable {
  const primaries = new Map<string, Map<string, Told>>();

  /** What lies ahead was seen before this clock, or another's, was put back: nobody can say how old it is. */
  const holds = ({ at, expiresAt }: Told, moment: number): boolean => moment < expiresAt && at <= moment + SKEW_MS;

  function keep(told: Told): Told {
    let sources = primaries.get(told.primary);
    if (!sources) primaries.set(told.primary, (sources = new Map()));
    sources.set(told.source, told);
    if (sources.size > SOURCES_KEPT) sources.delete(leastMissed(sources));
    return told;
  }

  function sized(told: Told): Told {
    const fitting = { ...told, source: told.source.slice(0, SOURCE_LENGTH), at: Math.round(told.at), expiresAt: Math.round(told.expiresAt) };
    return isEvidence(fitting) ? { ...fitting, because: fitting.because.slice(0, BECAUSE_LENGTH) } : fitting;
  }

  return {
    say(told) {
      const fitting = sized(told);
      const before = primaries.get(told.primary)?.get(fitting.source);
      // After what the same source said in the same millisecond, or before a clock was put back a little: else others would take it for the older.
      if (!before || before.at < fitting.at || before.at > now() + SKEW_MS) return keep(fitting);
      return sameWords(before, fitting) ? before : keep({ ...fitting, at: before.at + 1 });
    },
    hear(told) {
      const moment = now();
      // A clock that is ahead of ours makes no claim last longer than its source meant.
      const ahead = told.at > moment + SKEW_MS ? told.at - moment : 0;
      const heard = ahead === 0 ? told : { ...told, at: told.at - ahead, expiresAt: told.expiresAt - ahead };
      const before = primaries.get(told.primary)?.get(told.source);
      // Also one that has expired: what its source said before it holds no more for that. Unless it lies ahead, see above.
      if (before && before.at > heard.at && before.at <= moment + SKEW_MS) return;
      keep(heard);
    },
    about(primary) {
      const moment = now();
      const found = [...(primaries.get(primary)?.values() ?? [])].filter((told): told is Evidence => isEvidence(told) && holds(told, moment));
      return found.sort((one, other) => other.at - one.at);
    },
    held: (primary, source) => primaries.get(primary)?.get(source),
    sweep() {
      const moment = now();
      for (const [primary, sources] of primaries) {
        for (const told of sources.values()) if (told.expiresAt + REMEMBERED_MS <= moment || told.at > moment + SKEW_MS) sources.delete(told.source);
        if (sources.size === 0) primaries.delete(primary);
      }
    },
    get size() {
      let count = 0;
      const moment = now();
      for (const sources of primaries.values()) for (const told of sources.values()) if (holds(told, moment)) count += 1;
      return count;
    },
  };
}
