/** Do failures come at even distances? A component that restarts every ten minutes on a bad record fails again as surely as a clock strikes. */
import type { HealthThresholds } from '../src/domain/health-policy.ts';

export interface Period {
  /** Milliseconds. */
  every: number;
  /** For people: `10 min`. */
  text: string;
}

/** Shorter ones are one failure that is seen to begin several times, milliseconds. */
const SHORTEST = 30_000;

const spoken = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

/** By the last failures, the oldest first; undefined where they have none. */
export function periodOf(failures: readonly number[], { failures: needed, tolerance }: HealthThresholds['period']): Period | undefined {
  if (failures.length < needed) return undefined;
  const last = failures.slice(-needed);
  const distances = last.slice(1).map((at, index) => at - (last[index] ?? at));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  if (mean < SHORTEST || distances.some((distance) => Math.abs(distance - mean) > mean * tolerance)) return undefined;
  return { every: mean, text: spoken(mean) };
}
