/**
 * What became of a test call? What was seen of it, in whatever order it came and however often: of each kind the first counts.
 *
 * Holds for every set of marks: proven only when 1 was pressed; once it has ended or was confirmed, more marks change its times alone.
 */
import type { Marks, Seen } from '../src/domain/drill-marks.ts';
import type { HeldBack, TestOutcome, TestResult, TestTimes } from '../src/domain/drill.ts';

/** Words of carriers for how a call ended of whose answer nothing was heard, and ours. One that we do not know says nothing. */
const ENDS: Readonly<Record<string, TestResult>> = {
  completed: 'unconfirmed', hangup: 'unconfirmed', machine: 'unconfirmed',
  busy: 'busy', rejected: 'busy',
  'no-answer': 'no-answer', unanswered: 'no-answer', timeout: 'no-answer', cancel: 'no-answer', canceled: 'no-answer', cancelled: 'no-answer',
  failed: 'failed', refused: 'failed', error: 'failed', 'callback-error': 'failed', 'application-error': 'failed', 'account-limit': 'failed', 'node-capacity-exceeded': 'failed',
};

function timesOf(marks: Marks): TestTimes {
  const began = marks.placing?.at;
  if (began === undefined) return {};
  const after = (...seen: (Seen | undefined)[]): number | undefined => {
    const moments = seen.flatMap((one) => (one ? [one.at] : []));
    return moments.length === 0 ? undefined : Math.max(0, Math.min(...moments) - began);
  };
  const { accepted, ringing, answered, confirmed, ended } = marks;
  const times = { accepted: after(accepted), effective: after(ringing, answered, confirmed), answered: after(answered, confirmed), confirmed: after(confirmed), ended: after(ended) };
  return Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined));
}

function resultOf({ skipped, placing, ringing, answered, confirmed, halted, ended }: Marks): TestResult {
  if (confirmed) return 'proven';
  if (skipped && !placing) return 'skipped';
  if (ended) {
    if (halted) return 'stopped';
    if (answered) return 'unconfirmed';
    return ENDS[ended.what ?? ''] ?? 'unknown';
  }
  if (answered) return 'asking';
  if (ringing) return 'ringing';
  return placing ? 'calling' : 'waiting';
}

export function drillTest(marks: Marks): TestOutcome {
  const { skipped, halted, placing, ended } = marks;
  const is = resultOf(marks);
  const heldBack = (is === 'skipped' ? skipped : is === 'stopped' ? halted : undefined)?.what as HeldBack | undefined;
  const why = is === 'failed' || is === 'unknown' ? ended?.why : undefined;
  return { is, ...(heldBack === undefined ? {} : { heldBack }), ...(why === undefined ? {} : { why }), ...(placing ? { calledAt: placing.at } : {}), times: timesOf(marks) };
}

/** Whether the call is over: nothing more is awaited of it. One that was confirmed may still be talking. */
export function isOver({ skipped, placing, ended }: Marks): boolean {
  return placing === undefined ? skipped !== undefined : ended !== undefined;
}

export const isUnderWay = (marks: Marks): boolean => marks.placing !== undefined && !isOver(marks);
