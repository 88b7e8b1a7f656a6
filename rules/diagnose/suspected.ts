/** A group says that the primary is down; only time can tell. On probation that is enough to take its calls away again. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { doubtsOf } from './confirmed.ts';
import { told, type View } from './view.ts';

export function suspected(view: View): Finding | undefined {
  const { confirmed, against, down } = doubtsOf(view);
  if (confirmed || against !== undefined || down.length === 0) return undefined;
  return { is: 'suspected', because: `perhaps down: ${down.map((group) => told(view.now, group)).join('; ')}` };
}
