/** Enough independent evidence has said for long enough that the primary is down. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { doubtsOf } from './confirmed.ts';
import { told, type View } from './view.ts';

export function primaryUnreachable(view: View): Finding | undefined {
  const { confirmed, down } = doubtsOf(view);
  return confirmed ? { is: 'primary-unreachable', because: `down by ${down.map((group) => told(view.now, group)).join('; ')}` } : undefined;
}
