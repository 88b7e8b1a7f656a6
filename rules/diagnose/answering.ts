/** Does anything prove that the primary takes calls? Whoever reports trouble only, alerts and missing traffic, proves nothing by silence. However little it is trusted: calls are given back a few at a time. */
import type { EvidenceGroup } from '../../src/domain/evidence.ts';
import type { GroupView, View } from './view.ts';

const PROVES: readonly EvidenceGroup[] = ['calls', 'probes', 'heartbeat'];

export function answering({ groups }: View): GroupView | undefined {
  return PROVES.map((name) => groups.find(({ group, claim }) => group === name && claim === 'up')).find((group) => group !== undefined);
}
