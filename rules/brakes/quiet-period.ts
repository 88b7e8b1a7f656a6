/** It failed too recently or too often to be given its calls back. Never delays a diversion, nor the return to one. */
import { isoSeconds } from '../../src/domain/instant.ts';
import { holdDown } from '../hold-down.ts';
import type { Brake } from './brake.ts';

export const quietPeriod: Brake = {
  name: 'quiet-period',
  holds({ act, view: { now, record, thresholds } }) {
    if (act !== 'begin-probation') return undefined;
    const { until, because } = holdDown(record, thresholds);
    return now < until ? `It is well again, and kept diverted until ${isoSeconds(until)}: ${because}.` : undefined;
  },
};
