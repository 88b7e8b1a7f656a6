/**
 * Notices when a source that is expected to post does not. A process judges that only by what it could have heard itself: not before
 * it has listened for as long as a post may take, nor over a time in which it was stopped or Redis was away, for then others may have
 * heard what it did not.
 */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { isoSeconds } from '../../domain/instant.ts';
import { SOURCE_DEFAULTS, type Source } from '../../domain/source.ts';
import { safeText } from '../../operations/safe-text.ts';
import type { AlertLedger } from '../../store/alert-ledger.ts';
import { oneAtATime } from '../../system/one-at-a-time.ts';
import type { System } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import { evidenceSource } from './alert-evidence.ts';

export interface AbsenceWatch {
  start(): void;
  stop(): Promise<void>;
  /** Ids of the sources that are quiet although they are expected to post, as far as this process knows. */
  readonly quiet: readonly string[];
}

/** Told at each look of a source that is expected to post: since when it is quiet, or undefined while it posts. */
export type SawSource = (id: string, source: Source, quietSince: number | undefined) => void;

const EVERY_MS = 2000;
/** A turn that comes so late means that this process was stopped, or so busy that it may have missed posts. */
const LATE_MS = 10_000;
/** What is said of an absence holds so long after it was last looked at, milliseconds. */
const HOLD_MS = 60_000;
const ABSENCE = 'heartbeat';

const expecting = (source: Source): source is Source & { expectEverySeconds: number } => source.expectEverySeconds !== undefined;

/** Since when nothing came, milliseconds since 1970; undefined while it may still come. `listening`: since when a post would have been heard. */
export function absentSince({ lastPostAt, listening, everyMs, now }: { lastPostAt: number | undefined; listening: number; everyMs: number; now: number }): number | undefined {
  const from = Math.max(lastPostAt ?? 0, listening);
  return now - from > everyMs ? (lastPostAt ?? listening) : undefined;
}

/** A primary's own sign of life says that it is down when it ends; a monitoring that has gone quiet cannot see. */
function absenceOf(id: string, source: Source & { expectEverySeconds: number }, since: number, now: number): Evidence[] {
  const primaries = [...new Set(source.map.map(({ primary }) => primary))];
  return primaries.map((primary) => ({
    primary,
    source: evidenceSource(id, ABSENCE),
    group: 'heartbeat',
    claim: source.kind === 'heartbeat' ? (source.map.find((mapping) => mapping.primary === primary)?.claim ?? 'down') : 'unknown',
    weight: source.weight ?? SOURCE_DEFAULTS[source.kind].weight,
    at: now,
    expiresAt: now + HOLD_MS,
    because: `nothing from ${safeText(source.name ?? id)} since ${isoSeconds(since)}, expected every ${source.expectEverySeconds} s`,
  }));
}

export function createAbsenceWatch(options: { tables: RoutingTableHolder; board: EvidenceBoard; ledger: Pick<AlertLedger, 'lastPosts'>; system: Pick<System, 'clock' | 'steady' | 'timers'>; sawSource?: SawSource; log: Logger }): AbsenceWatch {
  const { tables, board, ledger, system: { clock, steady, timers }, sawSource, log } = options;
  /** Since when posts of each source would have been heard here, milliseconds since 1970. */
  const listening = new Map<string, number>();
  const absent = new Set<string>();
  let lastTurn: number | undefined;
  let endTurns = (): void => undefined;

  function expected(): [string, Source & { expectEverySeconds: number }][] {
    return [...tables.current.ids('sources')].flatMap((id) => {
      const source = tables.current.source(id);
      return source && expecting(source) ? [[id, source] as [string, Source & { expectEverySeconds: number }]] : [];
    });
  }

  function judge(id: string, source: Source & { expectEverySeconds: number }, lastPostAt: number | undefined, now: number): void {
    const since = absentSince({ lastPostAt, listening: listening.get(id) ?? now, everyMs: source.expectEverySeconds * 1000, now });
    if (since !== undefined) {
      if (!absent.has(id)) log.warn({ source: id, expectEverySeconds: source.expectEverySeconds }, 'a source that is expected to post has gone quiet');
      absent.add(id);
      sawSource?.(id, source, since);
      for (const evidence of absenceOf(id, source, since, now)) board.tell(evidence);
      return;
    }
    // Not what a process that has not listened for long says against those that have.
    if (lastPostAt === undefined || now - lastPostAt > source.expectEverySeconds * 1000) return;
    sawSource?.(id, source, undefined);
    if (absent.delete(id)) log.info({ source: id }, 'a source that had gone quiet posts again');
    const name = evidenceSource(id, ABSENCE);
    for (const { primary } of source.map) if (board.about(primary).some((one) => one.source === name)) board.withdraw(primary, name);
  }

  async function turn(): Promise<void> {
    const now = clock.now();
    const turned = steady();
    if (lastTurn !== undefined && turned - lastTurn > LATE_MS) listening.clear();
    lastTurn = turned;
    const sources = expected();
    const wanted = new Set(sources.map(([id]) => id));
    for (const id of listening.keys()) if (!wanted.has(id)) listening.delete(id);
    for (const id of absent) if (!wanted.has(id)) absent.delete(id);
    try {
      const posts = await ledger.lastPosts(sources.map(([id]) => id));
      for (const [at, [id, source]] of sources.entries()) {
        if (!listening.has(id)) listening.set(id, now);
        judge(id, source, posts[at], now);
      }
    } catch {
      // Redis is away: what others heard meanwhile is not known here.
      listening.clear();
      absent.clear();
    }
  }

  const turning = oneAtATime(turn);

  return {
    start() {
      endTurns = timers.every(EVERY_MS, turning.begin);
      turning.begin();
    },
    async stop() {
      endTurns();
      await turning.underWay;
    },
    get quiet() {
      return [...absent];
    },
  };
}
