/** It lives, and says or shows that it cannot cope: more calls, or calls given back to it, make that worse. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { told, type View } from './view.ts';

export function overloaded({ groups, now, thresholds: { evidence } }: View): Finding | undefined {
  const group = groups.find(({ claim, weight, since }) => claim === 'overloaded' && weight >= evidence.enoughWeight && now - since >= evidence.degradedForSeconds * 1000);
  return group && { is: 'overloaded', because: `too much to do by ${told(now, group)}` };
}
