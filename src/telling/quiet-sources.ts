/** Puts down that a source has gone quiet, or posts again: once, however many processes see it. */
import type { Logger } from 'pino';
import type { Announcement } from '../domain/announcement.ts';
import { isoSeconds } from '../domain/instant.ts';
import type { Source } from '../domain/source.ts';
import { codeOf } from '../domain/errors.ts';
import { safeText } from '../operations/safe-text.ts';
import type { TellingStore } from '../store/telling-store.ts';
import type { Clock } from '../system/system.ts';

export interface QuietSources {
  /** As it is seen now; may be told again and again. */
  saw(id: string, source: Source, quietSince: number | undefined): void;
}

interface Options {
  telling: Pick<TellingStore, 'origins' | 'announce'>;
  clock: Clock;
  log: Logger;
}

function announcementOf(id: string, source: Source, quietSince: number | undefined, now: number): Announcement {
  const isQuiet = quietSince !== undefined;
  const name = safeText(source.name ?? id);
  const every = source.expectEverySeconds ?? 0;
  return {
    id: `sources/${id}/${isQuiet ? `quiet/${quietSince}` : `back/${now}`}`,
    kind: isQuiet ? 'source-quiet' : 'source-back',
    severity: isQuiet ? 'warning' : 'info',
    subject: `sources/${id}`,
    primaries: [...new Set(source.map.map(({ primary }) => primary))].slice(0, 100),
    at: now,
    sentence: isQuiet ? `Nothing has come from ${name} since ${isoSeconds(quietSince)}; it is expected to post every ${every} s.` : `${name} posts again.`,
    facts: { source: id, kind: source.kind },
  };
}

export function createQuietSources({ telling, clock, log }: Options): QuietSources {
  /** What this process has put down, or seen put down. */
  const known = new Map<string, boolean>();

  async function note(id: string, source: Source, quietSince: number | undefined): Promise<void> {
    const origin = `sources/${id}`;
    const isQuiet = quietSince !== undefined;
    const was = (await telling.origins()).get(origin);
    // One that never was quiet is not back.
    const isKnown = was === undefined ? !isQuiet : was.startsWith('quiet') === isQuiet;
    if (!isKnown && !(await telling.announce(origin, was, isQuiet ? `quiet ${quietSince}` : 'heard', [announcementOf(id, source, quietSince, clock.now())]))) known.delete(id);
  }

  return {
    saw(id, source, quietSince) {
      const isQuiet = quietSince !== undefined;
      if (known.get(id) === isQuiet) return;
      known.set(id, isQuiet);
      note(id, source, quietSince).catch((error: unknown) => {
        known.delete(id);
        log[codeOf(error) === 'store_unavailable' ? 'debug' : 'error']({ err: error, source: id }, 'that a source is quiet could not be put down to be told');
      });
    },
  };
}
