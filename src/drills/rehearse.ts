/** How long it would take to see that a primary is down, and to divert it: its failure played through the very rules, with its own probes and the policy in force, in virtual time. */
import type { DrillTimes } from '../domain/drill.ts';
import { thresholdsOf, type HealthPolicy } from '../domain/health-policy.ts';
import { FAILING, type Diagnosis } from '../domain/diagnosis.ts';
import type { Primary } from '../domain/primary.ts';
import type { Scenario } from '../simulate/scenario.ts';
import { createPlay } from '../simulate/simulate.ts';

/** It is well for so long first, so that it is known to be, seconds. */
const WELL_SECONDS = 20;
/** What is not decided so long after one group of evidence would do waits for people, seconds. */
const MORE_SECONDS = 60;
/** Played at a time, seconds: less than a millisecond, so that no call waits. */
const STEP_SECONDS = 2;
const SEEN: ReadonlySet<Diagnosis> = new Set([...FAILING, 'suspected']);

/** Without any call: calls only make it faster. `breathe` lets others have their turn. */
export async function rehearse(id: string, { probes = [], mode }: Pick<Primary, 'probes' | 'mode'>, policy: HealthPolicy, breathe: () => Promise<void>): Promise<DrillTimes> {
  if (probes.length === 0) return { primary: id, why: 'It has no probes: without calls and alerts nobody sees that it is down' };
  const downSeconds = thresholdsOf(policy, id).evidence.oneGroupForSeconds + MORE_SECONDS;
  const scenario: Scenario = {
    name: `failure of ${id}`, durationSeconds: WELL_SECONDS + downSeconds, primaries: [{ id, probes: probes.map(({ kind, everySeconds }) => ({ kind, everySeconds: everySeconds ?? policy.probes.everySeconds })), ...(mode === undefined ? {} : { mode }) }],
    numbers: { count: 1, primary: id, withPlan: 1 }, world: [{ at: WELL_SECONDS, primary: id, is: 'down' }],
  };
  let detected: number | undefined;
  const play = createPlay(scenario, policy, (at, _primary, diagnosis) => {
    if (SEEN.has(diagnosis)) detected ??= at;
  });
  for (let at = 0; at < scenario.durationSeconds && play.result().diversions.length === 0; at += STEP_SECONDS) {
    play.runTo(at + STEP_SECONDS);
    await breathe();
  }
  const { diversions, brakes } = play.result();
  const decided = diversions[0]?.startedAt;
  const after = (seconds: number): number => Math.round((seconds - WELL_SECONDS) * 1000);
  return {
    primary: id,
    ...(detected === undefined ? {} : { detect: after(detected) }),
    ...(decided === undefined ? { why: brakes.at(-1)?.because ?? `Nothing is decided by itself within ${downSeconds} seconds` } : { decide: after(decided) }),
  };
}
