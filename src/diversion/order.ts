/** An operator's order: divert or restore one primary; and what the state of the primary is after it. */
import type { Actor } from '../domain/key.ts';
import { isDiverted, type PrimaryState } from '../domain/primary.ts';
import type { Random } from '../system/system.ts';

export interface Order {
  /** The same order, told again, is known by this. */
  id: string;
  primary: string;
  says: 'divert' | 'restore';
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

/** Said again, it changes nothing. */
export function stateAfter(current: PrimaryState, { says, at, by, reason, diversion }: Order): PrimaryState {
  if (isDiverted(current) === (says === 'divert')) return current;
  const override = { says, by: { key: by.key, role: by.role }, reason, at };
  return says === 'divert' ? { is: 'down', since: at, override, diversion } : { is: 'up', since: at, override };
}

/** What was written of an order and read again; undefined when it is none. */
export function readOrder(value: unknown): Order | undefined {
  const order = value as Partial<Order> | null | undefined;
  const texts = [order?.id, order?.primary, order?.reason, order?.diversion, order?.by?.key, order?.by?.role];
  const whole = texts.every((text) => typeof text === 'string') && typeof order?.at === 'number' && (order.says === 'divert' || order.says === 'restore');
  return whole ? (order as Order) : undefined;
}
