/**
 * Is it certain enough that the primary is down? Several independent groups for a short time, trusted enough together, or one that is trusted
 * enough alone for a long time, with proof that we see rightly. What contradicts it: calls that got through after the first said so; for one group alone also probes that are answered,
 * unless it is the calls that fail, which see more than any probe.
 */
import type { EvidenceGroup } from '../../src/domain/evidence.ts';
import { groupOf, type GroupView, type View } from './view.ts';

/** What we fail to see fails with our own network; what we are told proves that it can be heard. */
const OWN_SIGHT: readonly EvidenceGroup[] = ['probes', 'traffic', 'heartbeat'];

/** Weights are written in tenths, and tenths do not add up exactly. */
const ROUNDING = 1e-9;

export interface Doubts {
  /** Groups that say down. */
  down: readonly GroupView[];
  /** They are enough. */
  confirmed: boolean;
  /** Why they are not, however long it lasts; undefined: only time is missing, or nothing says down. */
  against: string | undefined;
}

/** Missing calls are no proof that calls would fail: they count beside others only. */
const canStandAlone = ({ group }: GroupView): boolean => group !== 'traffic';

function contradiction(view: View, down: readonly GroupView[]): string | undefined {
  const calls = groupOf(view, 'calls');
  const first = Math.min(...down.map(({ since }) => since));
  if (calls?.claim === 'up' && calls.seenAt >= first) return 'calls get through';
  const [only] = down;
  if (down.length > 1 || only === undefined || only.group === 'calls') return undefined;
  const probes = groupOf(view, 'probes');
  if (probes?.claim === 'up' && only.group !== 'probes') return 'its probes are answered';
  return canStandAlone(only) ? undefined : 'nothing else says so';
}

function independent(view: View, down: readonly GroupView[]): boolean {
  return view.sight === 'reached' || down.some(({ group }) => !OWN_SIGHT.includes(group));
}

export function doubtsOf(view: View): Doubts {
  const { now, thresholds: { evidence } } = view;
  const down = view.groups.filter(({ claim }) => claim === 'down');
  const not = (against: string | undefined): Doubts => ({ down, confirmed: false, against });
  if (down.length === 0) return not(undefined);
  const against = contradiction(view, down);
  if (against !== undefined) return not(against);
  const trust = (groups: readonly GroupView[]): number => groups.reduce((sum, { weight }) => sum + weight, 0);
  const lasting = (seconds: number): GroupView[] => down.filter(({ since }) => now - since >= seconds * 1000);
  const several = lasting(evidence.twoGroupsForSeconds);
  if (several.length >= 2 && trust(several) >= evidence.togetherWeight - ROUNDING && independent(view, several)) return { down, confirmed: true, against: undefined };
  if (down.every(({ weight }) => weight < evidence.enoughWeight) && trust(down) < evidence.togetherWeight - ROUNDING) return not('nothing of that is trusted enough');
  const alone = lasting(evidence.oneGroupForSeconds).filter((group) => canStandAlone(group) && group.weight >= evidence.enoughWeight);
  if (alone.length === 0) return not(undefined);
  return view.sight === 'reached' ? { down, confirmed: true, against: undefined } : not('no reference target proves that we see rightly');
}
