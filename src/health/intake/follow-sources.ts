/**
 * Keeps the board in step with the records of sources: when a map changes, what is open counts at once for the primaries that it has now
 * and no more for those that it had; when a source is deleted, all that it said is taken back. At the start, too: what a source has
 * said outlasts all processes.
 */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { AlertLedger } from '../../store/alert-ledger.ts';
import type { Clock } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import { evidenceFor, evidenceSource, fromLedger, MOST_CLAIMS, sourceIn } from './alert-evidence.ts';
import { mappingsFor } from './match.ts';

export interface FollowOptions {
  tables: RoutingTableHolder;
  board: Pick<EvidenceBoard, 'tell' | 'withdraw' | 'about'>;
  ledger: Pick<AlertLedger, 'read' | 'forget'>;
  clock: Clock;
  log: Logger;
  /** A source was written or deleted. */
  changed(id: string): void;
}

/** For as long as the tables tell of their changes. */
export function followSources({ tables, board, ledger, clock, log, changed }: FollowOptions): void {
  /** What sources have said that stands on the board, by source. */
  function standing(): Map<string, Evidence[]> {
    const found = new Map<string, Evidence[]>();
    for (const primary of tables.current.ids('primaries')) {
      for (const evidence of board.about(primary)) {
        const id = evidence.group === 'alerts' ? sourceIn(evidence.source) : undefined;
        if (id !== undefined) found.set(id, [...(found.get(id) ?? []), evidence]);
      }
    }
    return found;
  }

  /** What is known on the board alone, because Redis was away when it came, ends by itself. */
  async function reread(id: string, stands: readonly Evidence[]): Promise<void> {
    const source = tables.current.source(id);
    if (!source) {
      for (const { primary, source: name } of stands) board.withdraw(primary, name);
      await ledger.forget(id);
      return;
    }
    const now = clock.now();
    const { alerts } = await ledger.read(id, now);
    const known = new Map(alerts.flatMap((stored) => fromLedger(source, stored, now) ?? []).map((alert) => [evidenceSource(id, alert.alert), alert]));
    const about = new Set(source.map.map(({ primary }) => primary));
    for (const { primary, source: name } of stands) {
      const alert = known.get(name);
      const holds = alert ? alert.says !== 'closed' && mappingsFor(source.map, alert.labels).some((mapping) => mapping.primary === primary) : about.has(primary);
      if (!holds) board.withdraw(primary, name);
    }
    let left = MOST_CLAIMS;
    for (const alert of known.values()) {
      const mappings = mappingsFor(source.map, alert.labels).slice(0, left);
      left -= mappings.length;
      for (const mapping of mappings) {
        const evidence = evidenceFor(id, source, alert, mapping);
        if (evidence) board.tell(evidence);
      }
    }
  }

  function follow(id: string, stands: readonly Evidence[] = []): void {
    changed(id);
    reread(id, stands).catch((error: unknown) => log.warn({ err: error, source: id }, 'what a source has said was not read again after its change; it holds as it was until it expires'));
  }

  tables.events.on('change', (collection, id) => {
    if (collection === 'sources') follow(id, standing().get(id));
  });
  tables.events.on('replaced', () => {
    const stands = standing();
    for (const id of new Set([...tables.current.ids('sources'), ...stands.keys()])) follow(id, stands.get(id));
  });
}
