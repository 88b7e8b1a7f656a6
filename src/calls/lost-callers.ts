/** The callers that nobody has spoken to yet, from the calls that nobody answered. */
import { isWithheld } from '../../rules/passage.ts';
import type { Call } from '../domain/call.ts';
import type { CallStore } from '../store/call-store.ts';

export interface LostCaller {
  from: string;
  /** How often the caller met nobody. */
  calls: number;
  /** When the last of these calls began, milliseconds since 1970. */
  lastAt: number;
  /** The numbers that were called, E.164. */
  numbers: string[];
  customer: string | undefined;
}

/** @param missed the newest first. Throws `store_unavailable`. */
export async function lostCallers(calls: Pick<CallStore, 'reachedAt'>, missed: readonly Call[]): Promise<LostCaller[]> {
  const callers = new Map<string, LostCaller>();
  for (const call of missed) {
    const from = call.from ?? '';
    // Who was lost to one customer has not reached it by reaching another.
    const key = `${call.customer ?? ''} ${from}`;
    const caller = callers.get(key) ?? { from, calls: 0, lastAt: call.startedAt, numbers: [], customer: call.customer };
    caller.calls += 1;
    if (call.number !== undefined && !caller.numbers.includes(call.number)) caller.numbers.push(call.number);
    callers.set(key, caller);
  }
  const all = [...callers.values()];
  const reached = await calls.reachedAt(all);
  return all.filter(({ from, lastAt }, at) => isWithheld(from) || (reached[at] ?? 0) <= lastAt);
}
