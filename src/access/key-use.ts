/** When each key was last used: kept in memory, noted in the store once a minute, and never waited for by a request. */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { KeyNotes } from '../store/key-notes.ts';
import type { System } from '../system/system.ts';

export interface KeyUse {
  used(id: string): void;
  start(): void;
  /** Notes what is not noted yet, if the store answers. */
  close(): Promise<void>;
}

interface Options {
  tables: RoutingTableHolder;
  notes: KeyNotes;
  log: Logger;
  system: Pick<System, 'clock' | 'timers'>;
}

export const NOTE_USES_MS = 60_000;

export function createKeyUse({ tables, notes, log, system }: Options): KeyUse {
  let uses = new Map<string, number>();
  let gone = new Set<string>();
  let end = (): void => undefined;

  tables.events.on('change', (collection, id) => {
    if (collection !== 'keys' || tables.current.key(id)) return;
    uses.delete(id);
    gone.add(id);
  });

  async function note(): Promise<void> {
    if (uses.size === 0 && gone.size === 0) return;
    const [taken, left] = [uses, gone];
    uses = new Map();
    gone = new Set();
    try {
      await notes.noteUses(taken, [...left].filter((id) => !taken.has(id)));
    } catch (error) {
      log.debug({ err: error }, 'the last uses of keys cannot be noted now');
      uses = new Map([...taken, ...uses]);
      gone = new Set([...left, ...gone]);
    }
  }

  return {
    used(id) {
      uses.set(id, system.clock.now());
    },
    start() {
      end = system.timers.every(NOTE_USES_MS, () => void note());
    },
    async close() {
      end();
      await note();
    },
  };
}
