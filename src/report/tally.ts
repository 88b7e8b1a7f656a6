/** What callers met in a diversion, in all and by stretches of time. Pure. */
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import type { Call } from '../domain/call.ts';
import type { CallTally } from '../domain/diversion-report.ts';
import { offeredTo } from './first-sign.ts';

export const EVERY_MINUTES = 5;
const SLOT_MS = EVERY_MINUTES * 60_000;

export interface Slot extends CallTally {
  /** Milliseconds since 1970. */
  from: number;
}

const none = (): CallTally => ({ calls: 0, primary: 0, backup: 0, voicemail: 0, missed: 0, lost: 0, underWay: 0, diverted: 0, savedInCall: 0 });

function metBy({ outcome, by }: Call): keyof CallTally | undefined {
  switch (outcome) {
    case 'answered':
      return by === PRIMARY_KEY ? 'primary' : 'backup';
    case 'in-progress':
      return 'underWay';
    // It belongs to the call that it came back from.
    case 'returned':
      return undefined;
    case 'voicemail':
    case 'missed':
    case 'lost':
      return outcome;
  }
}

function add(tally: CallTally, call: Call, met: keyof CallTally, diversion: string): void {
  const offered = offeredTo(call);
  tally.calls += 1;
  tally[met] += 1;
  // On probation a call has the diversion too, and is offered to the primary first.
  if (call.diversion === diversion && call.route !== 'primary-first') tally.diverted += 1;
  if ((offered === 'failed' || offered === 'overloaded') && (met === 'backup' || met === 'voicemail')) tally.savedInCall += 1;
}

/** Calls that are to be counted; `from` is when the first stretch begins. */
export function tallyCalls(calls: readonly Call[], diversion: string, from: number): { all: CallTally; slots: Slot[] } {
  const all = none();
  const slots = new Map<number, Slot>();
  for (const call of calls) {
    const met = metBy(call);
    if (met === undefined) continue;
    const at = from + Math.floor((call.startedAt - from) / SLOT_MS) * SLOT_MS;
    const slot = slots.get(at) ?? { from: at, ...none() };
    slots.set(at, slot);
    add(all, call, met, diversion);
    add(slot, call, met, diversion);
  }
  return { all, slots: [...slots.values()].toSorted((one, other) => one.from - other.from) };
}
