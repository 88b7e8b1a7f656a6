/** No calls arrive where there have always been calls: the carrier has stopped sending, and no failure code will ever say so. Diverting would not help. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { groupOf, told, type View } from './view.ts';

export function trafficMissing(view: View): Finding | undefined {
  const traffic = groupOf(view, 'traffic');
  if (traffic?.claim !== 'down' || view.groups.some(({ group, claim }) => group !== 'traffic' && claim === 'down')) return undefined;
  return { is: 'traffic-missing', because: `calls are missing: ${told(view.now, traffic)}` };
}
