/** Something says down and something speaks against it, or sources of a group contradict each other: nobody should act on that. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { doubtsOf } from './confirmed.ts';
import { told, type View } from './view.ts';

export function inconclusive(view: View): Finding | undefined {
  const { against, down } = doubtsOf(view);
  if (against !== undefined) return { is: 'inconclusive', because: `down by ${down.map((group) => told(view.now, group)).join('; ')}, but ${against}` };
  const split = view.groups.find((group) => group.split);
  return split && { is: 'inconclusive', because: `sources of ${split.group} contradict each other` };
}
