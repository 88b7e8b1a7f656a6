/** It answers now, and has failed so often lately that it is not believed until its hold-down is over. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { holdDown } from '../hold-down.ts';
import { answering } from './answering.ts';
import type { View } from './view.ts';

export function flapping(view: View): Finding | undefined {
  const { record, now, thresholds } = view;
  if (!answering(view) || record.failures.length < thresholds.period.failures) return undefined;
  const hold = holdDown(record, thresholds);
  return now < hold.until ? { is: 'flapping', because: `it answers, but ${hold.because}` } : undefined;
}
