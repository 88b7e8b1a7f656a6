/**
 * What Redis has noted of single numbers at their carriers: in the last check of each carrier, and in the records of routings that we set. As much
 * is read at a time as takes no long: of more numbers than that, a part each time, and the rest keeps what was read before.
 */
import type { ReadinessReason } from '../../rules/readiness.ts';
import { readPlaced, type PlacedRoute } from '../diversion/placed-route.ts';
import type { CarrierCheck } from '../domain/carrier-check.ts';
import type { CheckStore } from '../store/check-store.ts';
import type { RouteStore, RouteUnit } from '../store/route-store.ts';

export interface Noted {
  carrier: string;
  reasons: readonly ReadinessReason[];
  /** The trunk or application that has its calls. */
  group?: string | undefined;
}

/** By number, E.164. */
export type Notes = ReadonlyMap<string, Noted>;

export interface NotedDeps {
  checks: Pick<CheckStore, 'read'>;
  routes: Pick<RouteStore, 'readMany'>;
}

/** Numbers whose routing we set that are looked up at a time. */
export const LOOKED_UP = 20_000;
const PAGE = 500;

/** Tells what holds for single numbers; true when the carrier lets us do nothing. */
function ofCheck(carrier: string, { credentials, findings }: CarrierCheck, add: (number: string, carrier: string, reason: ReadinessReason) => void): boolean {
  for (const number of findings?.missing.first ?? []) add(number as string, carrier, 'not-at-carrier');
  for (const { number } of (findings?.otherRef.first ?? []) as { number: string }[]) add(number, carrier, 'carrier-refuses');
  for (const { number, ours } of (findings?.strays.first ?? []) as { number: string; ours: boolean }[]) if (ours) add(number, carrier, 'forwarded');
  return credentials === 'refused';
}

/** A refusal may be of the safety net alone; the others would be the same for a diversion. */
function ofRoute({ route, unreadable }: PlacedRoute & { unreadable?: true }): ReadinessReason | undefined {
  if (unreadable) return 'carrier-refuses';
  if (route?.is === 'conflict') return 'conflict';
  if (route?.is === 'failed') return route.why?.code === 'carrier_refused' ? 'safety-net' : 'carrier-refuses';
  return route?.is === 'pending' && route.why ? 'safety-net' : undefined;
}

export interface NotedReader {
  /**
   * @param carriers all that numbers have
   * @param routed the numbers whose routing we set, a part of them
   * @param still whether a number that was read before is one of them still
   * Throws `store_unavailable`.
   */
  read(carriers: readonly string[], routed: readonly RouteUnit[], still: (number: string, carrier: string) => boolean): Promise<{ notes: Notes; refusing: ReadonlySet<string> }>;
}

export function createNotedReader({ checks, routes }: NotedDeps): NotedReader {
  /** Of numbers whose routing we set, with what is to be said of them. */
  const known = new Map<string, Noted>();

  async function look(units: readonly RouteUnit[]): Promise<void> {
    for (let from = 0; from < units.length; from += PAGE) {
      const page = units.slice(from, from + PAGE);
      const placed = await readPlaced(routes, page);
      for (const [at, { carrier, unit }] of page.entries()) {
        const found = placed[at];
        const reason = found && ofRoute(found);
        const group = found?.group?.moved === true ? found.group.ref : undefined;
        if (reason === undefined && group === undefined) known.delete(unit);
        else known.set(unit, { carrier, reasons: reason === undefined ? [] : [reason], group });
      }
    }
  }

  return {
    async read(carriers, routed, still) {
      await look(routed);
      for (const [number, { carrier }] of known) if (!still(number, carrier)) known.delete(number);
      const notes = new Map(known);
      const refusing = new Set<string>();
      const add = (number: string, carrier: string, reason: ReadinessReason): void => {
        const before = notes.get(number);
        notes.set(number, before?.carrier === carrier ? { ...before, reasons: [...before.reasons, reason] } : { carrier, reasons: [reason] });
      };
      for (const carrier of carriers) {
        const { last } = await checks.read(carrier);
        if (last && ofCheck(carrier, last, add)) refusing.add(carrier);
      }
      return { notes, refusing };
    },
  };
}
