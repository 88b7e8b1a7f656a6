/** What calls to the primary met, from how those ended that were offered to it. Pure; moments in seconds since the beginning. */
import type { Recorded } from '../domain/diversion-report.ts';
import { sameTruth, secondsSince, type Truth, type TruthAt } from './from-said.ts';

interface Run {
  at: number;
  /** When its last ten seconds began. */
  last: number;
  isBad: boolean;
  calls: number;
  failed: number;
  overloaded: number;
}

/** A call that fails alone says nothing; nor does a short while in which few calls get through, in seconds and calls. */
const FAILED_AT_LEAST = 2;
const BRIEF = 30;
const FEW = 5;
/** From this share on all of them fail. */
const ALL = 0.98;

const add = (one: Run, other: Run): Run => ({ ...one, last: other.last, calls: one.calls + other.calls, failed: one.failed + other.failed, overloaded: one.overloaded + other.overloaded });

/** Neighbours of one kind as one. */
function joined(runs: readonly Run[]): Run[] {
  const all: Run[] = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (last?.isBad === run.isBad) all[all.length - 1] = add(last, run);
    else all.push(run);
  }
  return all;
}

function truthOf({ isBad, calls, failed, overloaded }: Run): Truth {
  if (!isBad) return { is: 'up' };
  const share = failed / calls;
  if (overloaded * 2 >= failed) return { is: 'busy', failure: Math.round(share * 100) / 100 };
  return share >= ALL ? { is: 'down' } : { is: 'flaky', failure: Math.round(share * 100) / 100 };
}

export function callTruths({ from, offered }: Recorded): TruthAt[] {
  const slots = offered.map(({ at, calls, failed, overloaded }): Run => ({ at: secondsSince(from, at), last: secondsSince(from, at), isBad: failed > 0, calls, failed, overloaded }));
  const runs = joined(slots);
  const steady = joined(runs.map((run, index) => {
    const isBrief = !run.isBad && index > 0 && index < runs.length - 1 && run.last - run.at < BRIEF && run.calls < FEW;
    return isBrief ? { ...run, isBad: true } : run;
  }));
  const told = joined(steady.map((run) => (run.isBad && run.failed < FAILED_AT_LEAST ? { ...run, isBad: false } : run)));
  const truths: TruthAt[] = [];
  for (const run of told) {
    const truth = truthOf(run);
    if (!sameTruth(truth, truths.at(-1)?.truth ?? { is: 'up' })) truths.push({ at: run.at, truth });
  }
  return truths;
}
