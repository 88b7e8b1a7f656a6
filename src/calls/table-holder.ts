/** Holds the routing table that is in force, and tells who asked of each change to it. */
import { EventEmitter } from 'node:events';
import { holdsOver, wordOf, type Word } from '../../rules/operators-word.ts';
import type { PrimaryState } from '../domain/primary.ts';
import type { TableHolder } from '../store/follower.ts';
import type { Collection } from '../store/keys.ts';
import { createRoutingTable, type RoutingTable, type SaidOver } from './routing-table.ts';

export interface TableEvents {
  /** One record was changed. */
  change: [collection: Collection, id: string];
  /** Another table took the place of the one before: anything may have changed. */
  replaced: [];
}

export interface RoutingTableHolder extends TableHolder<RoutingTable> {
  /** Puts a state over the one from Redis, for as long as its word holds over the one there. Outlives every table. */
  say(primary: string, state: PrimaryState, word: Word): void;
  unsay(primary: string): void;
  readonly events: EventEmitter<TableEvents>;
}

export function createTableHolder(): RoutingTableHolder {
  const said = new Map<string, SaidOver>();
  let current = createRoutingTable(0, said);
  const events = new EventEmitter<TableEvents>();
  /** What Redis says by now is as late or later: what was said over it is in it, or was overtaken. */
  function forgetOutdated(primary: string): void {
    const over = said.get(primary);
    if (over && !holdsOver(over.word, wordOf(current.stored(primary)))) said.delete(primary);
  }

  return {
    events,
    get current() {
      return current;
    },
    fresh: () => createRoutingTable(current.numberCount, said),
    say(primary, state, word) {
      said.set(primary, { state, word });
      events.emit('change', 'states', primary);
    },
    unsay(primary) {
      if (said.delete(primary)) events.emit('change', 'states', primary);
    },
    replace(table) {
      current = table;
      for (const primary of said.keys()) forgetOutdated(primary);
      events.emit('replaced');
    },
    changed(collection, id) {
      if (collection === 'states') forgetOutdated(id);
      events.emit('change', collection, id);
    },
  };
}
