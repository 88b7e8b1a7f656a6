/** What a scenario can be made of, from what was seen of a diversion. Pure. */
import type { Call } from '../domain/call.ts';
import type { Recorded } from '../domain/diversion-report.ts';
import { iso } from '../domain/instant.ts';
import type { ReportFacts } from './facts.ts';
import { heldUntil, offeredTo } from './first-sign.ts';
import { heldAt } from './timeline.ts';

const SLOT_MS = 10_000;
/** Of what was said; the oldest are kept, since they led to it. */
const SAID_KEPT = 2000;

function offeredBySlot(calls: readonly Call[]): Recorded['offered'] {
  const slots = new Map<number, Recorded['offered'][number]>();
  for (const call of calls) {
    const offered = offeredTo(call);
    if (!offered) continue;
    const at = Math.floor(call.startedAt / SLOT_MS) * SLOT_MS;
    const slot = slots.get(at) ?? { at: iso(at), calls: 0, failed: 0, overloaded: 0 };
    slots.set(at, slot);
    slot.calls += 1;
    if (offered !== 'taken') slot.failed += 1;
    if (offered === 'overloaded') slot.overloaded += 1;
  }
  return [...slots].toSorted(([one], [other]) => one - other).map(([, slot]) => slot);
}

/** The process in a source such as `probe/a-1/sip`. */
const processOf = (source: string): string | undefined => /^(?:probe|calls|traffic)\/([^/]+)/.exec(source)?.[1];

function ordersOf({ trail, diversion: { primary } }: ReportFacts): Recorded['orders'] {
  return trail.entries.flatMap(({ at, by, action, changes, late }) => {
    const says = action === 'primaries.divert' ? 'divert' : action === 'primaries.restore' ? 'restore' : undefined;
    const state = changes.find(({ subject }) => subject === `states/${primary}`);
    if (says === undefined || !state || by.role === 'system' || (late && late.effect !== 'turned')) return [];
    const how = (state.after as { override?: { how?: unknown } } | null)?.override?.how;
    return [{ at: iso(at), says, ...(how === 'steps' ? { how } : {}) } as const];
  });
}

/** @param calls all to its primary that were looked at, in the order of their time; @param ofTotal how many there were for each of them */
export function recordedOf(facts: ReportFacts, calls: readonly Call[], ofTotal: number): Recorded {
  const { from, to, said, setUp } = facts;
  // What held when it begins was said before.
  const kept = [...heldAt(said, from - 1), ...said.filter(({ at }) => at >= from && at <= to)].slice(0, SAID_KEPT);
  return {
    from: iso(from),
    to: iso(to),
    processes: [...new Set(kept.flatMap(({ source }) => processOf(source) ?? []))].toSorted(),
    ...setUp,
    callsPerSecond: Math.round(((calls.length * ofTotal) / Math.max(1, (to - from) / 1000)) * 1000) / 1000,
    offered: offeredBySlot(calls),
    said: kept.map((one) => ({ at: iso(Math.max(from, one.at)), until: iso(heldUntil(one)), source: one.source, group: one.group, claim: one.claim, because: one.because })),
    orders: ordersOf(facts),
  };
}
