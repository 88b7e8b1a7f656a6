/** Holds the routing table that is in force, and tells who asked of each change to it. */
import { EventEmitter } from 'node:events';
import type { TableHolder } from '../store/follower.ts';
import type { Collection } from '../store/keys.ts';
import { createRoutingTable, type RoutingTable } from './routing-table.ts';

export interface TableEvents {
  /** One record was changed. */
  change: [collection: Collection, id: string];
  /** Another table took the place of the one before: anything may have changed. */
  replaced: [];
}

export interface RoutingTableHolder extends TableHolder<RoutingTable> {
  readonly events: EventEmitter<TableEvents>;
}

export function createTableHolder(): RoutingTableHolder {
  let current = createRoutingTable();
  const events = new EventEmitter<TableEvents>();
  return {
    events,
    get current() {
      return current;
    },
    fresh: () => createRoutingTable(current.numberCount),
    replace(table) {
      current = table;
      events.emit('replaced');
    },
    changed: (collection, id) => void events.emit('change', collection, id),
  };
}
