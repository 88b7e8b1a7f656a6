/** What is the matter with a primary? The first diagnosis that holds, the gravest first; what we cannot see ourselves goes before all. */
import type { Diagnosis, Finding } from '../../src/domain/diagnosis.ts';
import { callsFailing } from './calls-failing.ts';
import { degraded } from './degraded.ts';
import { flapping } from './flapping.ts';
import { healthy } from './healthy.ts';
import { inconclusive } from './inconclusive.ts';
import { nothingKnown } from './nothing-known.ts';
import { overloaded } from './overloaded.ts';
import { primaryUnreachable } from './primary-unreachable.ts';
import { suspected } from './suspected.ts';
import { trafficMissing } from './traffic-missing.ts';
import type { View } from './view.ts';
import { weAreCutOff } from './we-are-cut-off.ts';

/** In the order in which they are asked. */
const LADDER = {
  'we-are-cut-off': weAreCutOff,
  'calls-failing': callsFailing,
  'primary-unreachable': primaryUnreachable,
  suspected,
  'traffic-missing': trafficMissing,
  inconclusive,
  overloaded,
  degraded,
  flapping,
  healthy,
  'nothing-known': nothingKnown,
} as const satisfies Record<Diagnosis, (view: View) => Finding | undefined>;

export function diagnose(view: View): Finding {
  for (const ask of Object.values(LADDER)) {
    const finding = ask(view);
    if (finding) return finding;
  }
  return nothingKnown(view);
}
