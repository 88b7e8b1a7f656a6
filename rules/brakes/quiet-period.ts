/** It failed too recently or too often to be given its calls back. Never delays a diversion, nor the return to one. */
import { holdDown } from '../hold-down.ts';
import { clock, type Brake } from './brake.ts';

export const quietPeriod: Brake = {
  name: 'quiet-period',
  holds({ act, view: { now, record, thresholds } }) {
    if (act !== 'begin-probation') return undefined;
    const { until, because } = holdDown(record, thresholds);
    return now < until ? `It is well again, and kept diverted until ${clock(until)}: ${because}.` : undefined;
  },
};
