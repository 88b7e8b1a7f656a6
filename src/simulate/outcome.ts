/** What came of a simulated outage, as it is put out: moments in seconds since its beginning. */
import type { Cause } from '../../rules/causes.ts';
import type { Blocked, Transition } from '../../rules/judge.ts';
import type { Outcome } from './calls.ts';

export interface SimulationResult {
  name: string;
  transitions: { at: number; primary: string; from: string; to: string; action: string; diagnosis: string; share: number; because: string }[];
  /** `cause`: the primary, or what it has in common with others that failed. `numbersMoved`: those whose routing was set at their carrier; calls that ask us need none. `restoredAt` is null where it goes on at the end. */
  diversions: { primary: string; cause: string; startedAt: number; restoredAt: number | null; numbersMoved: number }[];
  calls: { total: number; byPrimary: number; byBackup: number; lost: number; savedInCall: number };
  carrierWrites: number;
  brakes: { at: number; primary: string; brake: string; action: string; because: string }[];
  /** Diversions of a primary to which no call had failed in the minute before. */
  falseDiversions: number;
}

export interface OutcomeBook {
  transition(transition: Transition, more: { causes: readonly Cause[]; isFalse: boolean }): void;
  blocked(at: number, primary: string, blocked: Blocked): void;
  moved(primary: string, numbers: number): void;
  call(outcome: Outcome): void;
  result(name: string, carrierWrites: number): SimulationResult;
}

export function createOutcome(start: number): OutcomeBook {
  const transitions: SimulationResult['transitions'] = [];
  const diversions: SimulationResult['diversions'] = [];
  const brakes: SimulationResult['brakes'] = [];
  const calls = { total: 0, byPrimary: 0, byBackup: 0, lost: 0, savedInCall: 0 };
  let falseDiversions = 0;

  const seconds = (at: number): number => Math.round(at - start) / 1000;
  const open = (primary: string) => diversions.find((one) => one.primary === primary && one.restoredAt === null);

  return {
    transition({ at, primary, from, to, action, diagnosis, share, because }, { causes, isFalse }) {
      transitions.push({ at: seconds(at), primary, from, to, action, diagnosis, share, because });
      if (action === 'divert') {
        diversions.push({ primary, cause: primary, startedAt: seconds(at), restoredAt: null, numbersMoved: 0 });
        if (isFalse) falseDiversions += 1;
      }
      // What several have in common shows when the second fails.
      for (const { cause, primaries } of causes) for (const one of primaries.length > 1 ? diversions : []) if (one.restoredAt === null && primaries.includes(one.primary)) one.cause = cause;
      const ended = action === 'restore' ? open(primary) : undefined;
      if (ended) ended.restoredAt = seconds(at);
    },
    blocked: (at, primary, { brake, action, because }) => void brakes.push({ at: seconds(at), primary, brake, action, because }),
    moved(primary, numbers) {
      const diversion = open(primary);
      if (diversion) diversion.numbersMoved += numbers;
    },
    call({ by, saved }) {
      calls.total += 1;
      if (by === 'nobody') calls.lost += 1;
      else if (by === 'primary') calls.byPrimary += 1;
      else calls.byBackup += 1;
      if (saved) calls.savedInCall += 1;
    },
    result: (name, carrierWrites) => ({ name, transitions, diversions, calls, carrierWrites, brakes, falseDiversions }),
  };
}
