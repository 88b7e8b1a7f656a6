/** It takes calls, but slowly, or some of them fail. Calls that fail are saved one by one; the rest is better off where it is. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { told, type View } from './view.ts';

export function degraded({ groups, now, thresholds: { evidence } }: View): Finding | undefined {
  const bad = ({ claim, weight, since }: View['groups'][number]): boolean => (claim === 'degraded' || claim === 'overloaded') && weight >= evidence.enoughWeight && now - since >= evidence.degradedForSeconds * 1000;
  const group = groups.find(bad);
  return group && { is: 'degraded', because: `not well by ${told(now, group)}` };
}
