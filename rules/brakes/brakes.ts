/** All brakes, in the order in which they are asked: the first that holds is the one that is told. */
import type { BrakeName } from '../../src/domain/diagnosis.ts';
import { approval } from './approval.ts';
import { blackoutHours } from './blackout-hours.ts';
import { blastRadius } from './blast-radius.ts';
import type { Brake, Braking } from './brake.ts';
import { globalStop } from './global-stop.ts';
import { hold } from './hold.ts';
import { operatorsWord } from './operators-word.ts';
import { quietPeriod } from './quiet-period.ts';
import { unfitDestination } from './unfit-destination.ts';

export const ALL_BRAKES: readonly Brake[] = [operatorsWord, globalStop, hold, quietPeriod, blackoutHours, unfitDestination, blastRadius, approval];

export interface Held {
  brake: BrakeName;
  /** One sentence. */
  because: string;
}

export function heldBack(braking: Braking): Held | undefined {
  for (const { name, holds } of ALL_BRAKES) {
    const because = holds(braking);
    if (because !== undefined) return { brake: name, because };
  }
  return undefined;
}
