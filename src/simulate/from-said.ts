/** What probes met, as their sources said it, and which processes were cut off. Pure; moments in seconds since the beginning. */
import type { Recorded } from '../domain/diversion-report.ts';
import type { WorldChange } from './scenario.ts';

/** What is so with a primary, without when and of which. */
export type Truth = Pick<WorldChange, 'is' | 'delayMs' | 'failure'>;

export interface TruthAt {
  at: number;
  truth: Truth;
}

/** Sources see the same a little apart: what changes within so long counts from the first of it, seconds. */
const TOGETHER = 5;
/** Slow enough to count as such, milliseconds. */
const SLOW_MS = 500;

type Said = Recorded['said'][number];
interface Change {
  at: number;
  source: string;
  claim: Said['claim'];
}

export const secondsSince = (from: string, at: string): number => Math.max(0, (Date.parse(at) - Date.parse(from)) / 1000);

const two = (share: number): number => Math.round(share * 100) / 100;

/** Also when what a source said ceased to hold, because it said no more. */
function changesOf({ from, said }: Recorded): Change[] {
  const probes = said.filter(({ group }) => group === 'probes');
  const changes = probes.flatMap(({ at, until, source, claim }, index): Change[] => {
    const next = probes.slice(index + 1).find((later) => later.source === source);
    const said = { at: secondsSince(from, at), source, claim };
    return next && next.at <= until ? [said] : [said, { at: secondsSince(from, until), source, claim: 'withdrawn' }];
  });
  return changes.toSorted((one, other) => one.at - other.at);
}

/** What holds after each set of changes that come together, from its first moment on. */
function* states(recorded: Recorded): Generator<{ at: number; held: ReadonlyMap<string, string> }> {
  const last = new Map<string, string>();
  // That a source says the same again is no change.
  const changes = changesOf(recorded).filter(({ source, claim }) => {
    const isNew = (last.get(source) ?? 'withdrawn') !== claim;
    last.set(source, claim);
    return isNew;
  });
  const held = new Map<string, string>();
  for (let index = 0; index < changes.length; ) {
    const { at } = changes[index]!;
    for (let next = changes[index]; next && next.at <= at + TOGETHER; next = changes[index]) {
      if (next.claim === 'withdrawn') held.delete(next.source);
      else held.set(next.source, next.claim);
      index += 1;
    }
    yield { at, held };
  }
}

/** Undefined where nobody can tell. */
function truthOf(claims: readonly string[]): Truth | undefined {
  const seen = claims.filter((claim) => claim !== 'unknown');
  if (seen.length === 0) return undefined;
  const count = (claim: string): number => seen.filter((one) => one === claim).length;
  const [down, overloaded] = [count('down'), count('overloaded')];
  if (down === seen.length) return { is: 'down' };
  if (down + overloaded === seen.length) return { is: 'busy' };
  if (down + overloaded > 0) return { is: 'flaky', failure: two((down + overloaded) / seen.length) };
  return count('degraded') > 0 ? { is: 'slow', delayMs: SLOW_MS } : { is: 'up' };
}

export const sameTruth = (one: Truth, other: Truth): boolean => one.is === other.is && one.failure === other.failure && one.delayMs === other.delayMs;

export function probeTruths(recorded: Recorded): TruthAt[] {
  const truths: TruthAt[] = [];
  let last: Truth = { is: 'up' };
  for (const { at, held } of states(recorded)) {
    const truth = truthOf([...held.values()]);
    if (!truth || sameTruth(truth, last)) continue;
    truths.push({ at, truth });
    last = truth;
  }
  return truths;
}

/** By process, in the order of `processes`: all its probes were unknown, which is what they say when no reference target answers either. */
export function cutOffs(recorded: Recorded, processes: readonly string[]): { at: number; observer: number; is: 'cut-off' | 'up' }[] {
  const changes: { at: number; observer: number; is: 'cut-off' | 'up' }[] = [];
  const lost = new Set<number>();
  for (const { at, held } of states(recorded)) {
    for (const [observer, name] of processes.entries()) {
      const own = [...held].flatMap(([source, claim]) => (source.startsWith(`probe/${name}/`) ? [claim] : []));
      const isLost = own.length > 0 && own.every((claim) => claim === 'unknown');
      if (isLost === lost.has(observer) || own.length === 0) continue;
      changes.push({ at, observer, is: isLost ? 'cut-off' : 'up' });
      if (isLost) lost.add(observer);
      else lost.delete(observer);
    }
  }
  return changes;
}
