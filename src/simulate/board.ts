/** The evidence of a simulated outage, as all observers share it: the newest claim of each source, until it expires. */
import type { Evidence } from '../domain/evidence.ts';

export interface SimulatedBoard {
  tell(evidence: Evidence): void;
  withdraw(primary: string, source: string): void;
  about(primary: string, now: number): Evidence[];
}

export function createSimulatedBoard(): SimulatedBoard {
  const primaries = new Map<string, Map<string, Evidence>>();
  return {
    tell(evidence) {
      const sources = primaries.get(evidence.primary) ?? new Map<string, Evidence>();
      primaries.set(evidence.primary, sources.set(evidence.source, evidence));
    },
    withdraw: (primary, source) => void primaries.get(primary)?.delete(source),
    about: (primary, now) => [...(primaries.get(primary)?.values() ?? [])].filter(({ expiresAt }) => expiresAt > now),
  };
}
