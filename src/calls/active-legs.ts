/**
 * The legs that are being dialled or talked on right now: how full each destination is, and whether a call is one that
 * we have just sent out and that came back. Held in memory; what other processes dial arrives within milliseconds
 * through a stream (src/store/leg-stream.ts), so a capacity may be overshot by calls that arrive in the same instant.
 */
import { DRILL_LEG } from '../domain/drill-marks.ts';
import { createRecent } from './recent.ts';

export interface ActiveLeg {
  /** The carrier's record id and its id of the call. */
  call: string;
  /** Destination: E.164 or SIP URI. */
  to: string;
  /** The called number, and the caller as it is shown to who is called. */
  number: string;
  from: string;
  /** When it was dialled, milliseconds since 1970. */
  at: number;
}

export interface ActiveLegs {
  /** A call has one leg at a time: a new one takes the place of the one before. False when the call is over. */
  begin(leg: ActiveLeg): boolean;
  /** True when there was one. */
  end(call: string): boolean;
  /** The call is over: a callback that comes late or again begins no leg of it any more. True when there was a leg. */
  close(call: string): boolean;
  /** Calls that are on their way to, or on, a destination. */
  count(to: string): number;
  /** A leg of another call, of the same caller to the same number, begun at or after `since`. */
  sameCall(call: string, number: string, from: string, since: number): boolean;
  /** The call is a test call of a drill that was forwarded back to the number it shows as its caller: one that is under way, or began at or after `since`. */
  isDrill(call: { number: string | undefined; from: string; forwardedBy: readonly string[] }, since?: number): boolean;
  readonly size: number;
  /** Forgets legs begun before a moment: their end was never told. */
  forget(before: number): void;
}

/** Closed calls that are remembered at least: more than end in the minutes in which anything may come late. */
const CLOSED_KEPT = 25_000;
/** Test calls that are remembered, the newest. */
const DRILLS_KEPT = 200;

export function createActiveLegs(): ActiveLegs {
  const closed = createRecent<true>(CLOSED_KEPT);
  const legs = new Map<string, ActiveLeg>();
  const counts = new Map<string, number>();
  const callsOf = new Map<string, Set<string>>();
  const drills = new Map<string, ActiveLeg>();

  const pair = (number: string, from: string): string => `${number} ${from}`;

  function end(call: string): boolean {
    const leg = legs.get(call);
    if (!leg) return false;
    legs.delete(call);
    const left = (counts.get(leg.to) ?? 1) - 1;
    if (left > 0) counts.set(leg.to, left);
    else counts.delete(leg.to);
    const key = pair(leg.number, leg.from);
    const calls = callsOf.get(key);
    calls?.delete(call);
    if (calls?.size === 0) callsOf.delete(key);
    return true;
  }

  return {
    begin(leg) {
      if (closed.get(leg.call)) return false;
      end(leg.call);
      legs.set(leg.call, leg);
      if (leg.call.startsWith(DRILL_LEG)) {
        drills.set(leg.call, leg);
        for (const [oldest] of drills) if (drills.size > DRILLS_KEPT) drills.delete(oldest);
      }
      counts.set(leg.to, (counts.get(leg.to) ?? 0) + 1);
      const key = pair(leg.number, leg.from);
      const calls = callsOf.get(key) ?? new Set();
      calls.add(leg.call);
      callsOf.set(key, calls);
      return true;
    },
    end,
    close(call) {
      const had = end(call);
      closed.set(call, true);
      return had;
    },
    count: (to) => counts.get(to) ?? 0,
    sameCall(call, number, from, since) {
      for (const other of callsOf.get(pair(number, from)) ?? []) {
        if (other !== call && (legs.get(other)?.at ?? 0) >= since) return true;
      }
      return false;
    },
    isDrill({ number, from, forwardedBy }, since = Number.POSITIVE_INFINITY) {
      for (const leg of drills.values()) {
        if (leg.number === number && (leg.from === from || forwardedBy.includes(leg.to)) && (legs.has(leg.call) || leg.at >= since)) return true;
      }
      return false;
    },
    get size() {
      return legs.size;
    },
    forget(before) {
      for (const leg of legs.values()) if (leg.at < before) end(leg.call);
    },
  };
}
