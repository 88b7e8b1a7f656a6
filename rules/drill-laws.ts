/** What may the limits of drills not say? What no schema can tell: hours that can be read. */
import type { DrillPolicy } from '../src/domain/drill.ts';
import type { HealthFault } from './health-laws.ts';
import { isMistake, parseHours } from './parse-hours.ts';

export function drillFaults({ hours, provenDays, scheduleDays }: DrillPolicy): HealthFault[] {
  const parsed = parseHours(hours);
  return [
    ...(isMistake(parsed) ? [{ path: ['drills', 'hours'], detail: `cannot be read: ${parsed.error}` }] : []),
    ...(provenDays > 0 && scheduleDays > provenDays ? [{ path: ['drills', 'scheduleDays'], detail: 'must not be above provenDays' }] : []),
  ];
}
