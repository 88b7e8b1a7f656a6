/** What may the thresholds of health not say? What no schema can tell: fields that must fit each other, and hours that can be read. */
import { thresholdsOf, type HealthPolicy, type HealthThresholds } from '../src/domain/health-policy.ts';
import { isMistake, parseHours } from './parse-hours.ts';
import { isTimeZone } from './zone.ts';

export interface HealthFault {
  /** Names of the fields, from `health` inwards. */
  path: readonly string[];
  detail: string;
}

function faultsIn({ evidence, probation, calls, blackout }: HealthThresholds): HealthFault[] {
  const faults: HealthFault[] = [];
  const fault = (path: readonly string[], detail: string): void => void faults.push({ path, detail });
  if (evidence.oneGroupForSeconds < evidence.twoGroupsForSeconds) fault(['evidence', 'oneGroupForSeconds'], 'must not be shorter than twoGroupsForSeconds');
  const { steps } = probation;
  if (steps.some(({ share }, at) => at > 0 && share <= (steps[at - 1]?.share ?? 0))) fault(['probation', 'steps'], 'must rise from step to step');
  if (steps.at(-1)?.share !== 1) fault(['probation', 'steps'], 'must end with a share of 1');
  if (calls.degradedShare > calls.downShare) fault(['calls', 'degradedShare'], 'must not be above downShare');
  const hours = parseHours(blackout.hours);
  if (isMistake(hours)) fault(['blackout', 'hours'], `cannot be read: ${hours.error}`);
  if (!isTimeZone(blackout.timeZone)) fault(['blackout', 'timeZone'], 'is no time zone that is known here');
  return faults;
}

const text = ({ path, detail }: HealthFault): string => `${path.join('.')} ${detail}`;

/** Every fault of the section and, besides, of what single primaries have otherwise. */
export function healthFaults(policy: HealthPolicy): HealthFault[] {
  const { primaries, ...all } = policy;
  const ofAll = faultsIn(all);
  const known = new Set(ofAll.map(text));
  const own = Object.keys(primaries).flatMap((id) =>
    faultsIn(thresholdsOf(policy, id))
      .filter((fault) => !known.has(text(fault)))
      .map(({ path, detail }) => ({ path: ['primaries', id, ...path], detail })),
  );
  return [...ofAll, ...own].map(({ path, detail }) => ({ path: ['health', ...path], detail }));
}
