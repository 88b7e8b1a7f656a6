/** Calls to the primary fail, whatever its probes say: a PBX that answers OPTIONS may hang on every call. On probation few failed calls are enough. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { doubtsOf } from './confirmed.ts';
import { groupOf, told, type View } from './view.ts';

function failedTrial({ record, tried: { last, failed }, thresholds: { probation } }: View): Finding | undefined {
  if (record.state !== 'recovering' || failed < probation.failedCalls || failed <= last * probation.failedShare) return undefined;
  return { is: 'calls-failing', because: `of the last ${last} calls that were given back to it ${failed} failed` };
}

export function callsFailing(view: View): Finding | undefined {
  const trial = failedTrial(view);
  if (trial) return trial;
  const { confirmed, down } = doubtsOf(view);
  if (!confirmed || !down.some(({ group }) => group === 'calls') || groupOf(view, 'probes')?.claim === 'down') return undefined;
  return { is: 'calls-failing', because: `calls fail: ${down.map((group) => told(view.now, group)).join('; ')}` };
}
