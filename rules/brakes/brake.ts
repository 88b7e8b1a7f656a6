/** What a brake is asked, and what it is asked by. Each holds an act back for one reason, and says it in a sentence. */
import type { Act, BrakeName, Finding } from '../../src/domain/diagnosis.ts';
import type { ApprovalMode } from '../../src/domain/health-policy.ts';
import type { View } from '../diagnose/view.ts';

/** What people have decided, and how much would be moved. */
export interface Surroundings {
  /** The primary's own mode, which goes before the policy's. */
  mode?: ApprovalMode | undefined;
  /** Automation is stopped everywhere. */
  stopped?: { reason: string } | undefined;
  /** The primary is to stay as it is, until a moment if one is given, milliseconds since 1970. */
  hold?: { reason: string; until?: number | undefined } | undefined;
  /** The answer of whoever was asked to agree. */
  approval?: { action: Act; says: 'approve' | 'refuse'; at: number } | undefined;
  numbers: {
    /** All numbers there are. */
    all: number;
    /** The primary's own, and those of them that their plans would answer. */
    own: number;
    answered: number;
    /** Of other primaries, moved by automation now. */
    moved: number;
  };
}

export interface Braking {
  act: Act;
  finding: Finding;
  view: View;
  around: Surroundings;
}

export interface Brake {
  name: BrakeName;
  /** One sentence why the act must wait; undefined: it need not for this reason. */
  holds(braking: Braking): string | undefined;
}

/** Calls would go elsewhere that do not now. */
export const movesAway = (act: Act): boolean => act === 'divert' || act === 'widen';
/** Calls would be given back. */
export const givesBack = (act: Act): boolean => act === 'begin-probation' || act === 'advance' || act === 'restore';
