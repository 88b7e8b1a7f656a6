/** An operator's order: divert or restore one primary; and what the state of the primary is after it. */
import type { Actor } from '../domain/key.ts';
import { heed } from '../../rules/heed-word.ts';
import { isDiverted, type PrimaryState } from '../domain/primary.ts';
import type { Random } from '../system/system.ts';

export interface Order {
  /** The same order, told again, is known by this. */
  id: string;
  primary: string;
  says: 'divert' | 'restore';
  /** Of a restore in steps: the share of calls with which the primary begins, 0 to 1. Without it all calls are its own again at once. */
  firstShare?: number;
  /** When it was said, milliseconds since 1970. */
  at: number;
  by: Actor;
  reason: string;
  requestId?: string;
  /** What the diversion is called if this begins one. */
  diversion: string;
}

/** Sortable by start: `20261121t031502z-9f3c2a`. */
export function newDiversionId(at: number, random: Random): string {
  const stamp = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '').toLowerCase();
  return `${stamp}-${random.bytes(3).toString('hex')}`;
}

/** Whether the primary is as the word says already, by an operator's word: of what automation has done the word says that it is to stay so. */
function isSo({ is, override }: PrimaryState, { says, firstShare }: Order): boolean {
  if (says === 'divert') return is === 'down' && override?.says === 'divert';
  return is === 'recovering' ? firstShare !== undefined && override?.says === 'restore' : is !== 'down';
}

/** Said again, it changes nothing. A diversion that goes on keeps its name. */
export function stateAfter(current: PrimaryState, order: Order): PrimaryState {
  if (isSo(current, order)) return current;
  const { says, firstShare, at, by, reason } = order;
  const how = says === 'divert' ? undefined : firstShare === undefined ? ('now' as const) : ('steps' as const);
  const { share, answer: _, diversion: open, ...kept } = current;
  const health = current.health && heed(current.health, { says, at, how });
  const said = { ...kept, override: { says, ...(how === 'steps' ? { how } : {}), by: { key: by.key, role: by.role }, reason, at }, ...(health ? { health } : {}) };
  if (says === 'divert') return { ...said, is: 'down', since: isDiverted(current) ? current.since : at, diversion: open ?? order.diversion };
  if (firstShare === undefined) return { ...said, is: 'up', since: at };
  return { ...said, is: 'recovering', since: current.is === 'recovering' ? current.since : at, share: share ?? firstShare, ...(open === undefined ? {} : { diversion: open }) };
}

/** What was written of an order and read again; undefined when it is none. */
export function readOrder(value: unknown): Order | undefined {
  const order = value as Partial<Order> | null | undefined;
  const texts = [order?.id, order?.primary, order?.reason, order?.diversion, order?.by?.key, order?.by?.role];
  const whole = texts.every((text) => typeof text === 'string') && typeof order?.at === 'number' && (order.says === 'divert' || order.says === 'restore') && (order.firstShare === undefined || typeof order.firstShare === 'number');
  return whole ? (order as Order) : undefined;
}
