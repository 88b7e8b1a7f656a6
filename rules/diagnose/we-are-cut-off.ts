/** Not even the reference targets answer this process: whatever it misses, it is its own network that failed. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import type { View } from './view.ts';

export function weAreCutOff({ sight }: View): Finding | undefined {
  return sight === 'lost' ? { is: 'we-are-cut-off', because: 'no reference target answers either: it is our own network' } : undefined;
}
