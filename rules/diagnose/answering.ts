/** Does anything prove that the primary takes calls? Whoever reports trouble only, alerts and missing traffic, proves nothing by silence. */
import type { EvidenceGroup } from '../../src/domain/evidence.ts';
import type { GroupView, View } from './view.ts';

const PROVES: readonly EvidenceGroup[] = ['calls', 'probes', 'heartbeat'];

export function answering({ groups, thresholds: { evidence } }: View): GroupView | undefined {
  return PROVES.map((name) => groups.find(({ group, claim, weight }) => group === name && claim === 'up' && weight >= evidence.enoughWeight)).find((group) => group !== undefined);
}
