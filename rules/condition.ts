/**
 * Is the primary well or failing, as last seen for certain? Each time it begins to fail is counted, also while it is diverted: what counts is what
 * befalls it from outside, not the echo of what we do.
 */
import { FAILING, WELL } from '../src/domain/diagnosis.ts';
import { FAILURES_KEPT, type HealthRecord } from '../src/domain/health-record.ts';
import type { View } from './diagnose/view.ts';
import type { Watch } from './diagnose/watch.ts';

/** It begins to fail; already known, or a failure that was never seen to end, changes nothing. */
export function failsNow(record: HealthRecord, now: number): HealthRecord {
  if (record.condition === 'failing') return record;
  const { pending: _, blocked: __, ...rest } = record;
  return { ...rest, condition: 'failing', conditionSince: now, failures: [...record.failures, { from: now }].slice(-FAILURES_KEPT) };
}

/** While nothing is sent to it there are no calls to prove a failure by, and nothing is done about it but to wait longer: one group is enough. */
function failsUnused({ state }: HealthRecord, { is, since }: NonNullable<Watch['diagnosis']>, now: number, ms: number): boolean {
  return state === 'down' && is === 'suspected' && now - since >= ms;
}

/** By a diagnosis; what leaves it open leaves it as it is. */
export function conditionAfter({ record, now, thresholds: { evidence } }: View, { diagnosis }: Watch): HealthRecord {
  if (diagnosis === undefined) return record;
  if (FAILING.includes(diagnosis.is) || failsUnused(record, diagnosis, now, evidence.twoGroupsForSeconds * 1000)) return failsNow(record, now);
  // Another process may have seen it fail while this one still found it well.
  const well = WELL.includes(diagnosis.is) && now - Math.max(diagnosis.since, record.conditionSince) >= evidence.wellForSeconds * 1000;
  if (!well) return record;
  const settled = record.word?.settled === false ? { ...record, word: { ...record.word, settled: true } } : record;
  if (record.condition === 'well') return settled;
  const { pending: _, blocked: __, ...rest } = settled;
  const failures = rest.failures.map((failing) => (failing.to === undefined ? { ...failing, to: now } : failing));
  return { ...rest, condition: 'well', conditionSince: now, failures };
}
