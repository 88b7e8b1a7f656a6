/** One call of a simulated outage, from its carrier to whoever takes it, through the very rules by which production answers. */
import { callSteps } from '../../rules/call-steps.ts';
import { nextStep, type LastLeg } from '../../rules/next-step.ts';
import { isOffered } from '../../rules/probation.ts';
import { PRIMARY_KEY } from '../../rules/step-key.ts';
import type { LegResult } from '../domain/leg.ts';
import type { Plan } from '../domain/plan.ts';
import { isDial } from '../domain/step.ts';
import type { SimulatedNumber } from './fleet.ts';

export type Taken = 'primary' | 'backup' | 'nobody';

export interface SimulatedCall {
  id: string;
  at: number;
  to: SimulatedNumber;
  /** Of the primary's calls, offered to it first, 0 to 1. */
  share: number;
  /** Whether a process of ours answers the carrier. */
  answered: boolean;
  /** Offers it to the primary. */
  offer(): LegResult;
}

/** A telephone that always answers: what is tried here is the primary, not the plans. */
const PLAN: Plan = { destinations: [{ to: '+999100000000' }, { to: 'voicemail' }] };

export interface Outcome {
  by: Taken;
  /** The primary was tried and failed, and somebody else took it all the same. */
  saved: boolean;
}

/** The carrier has its orders, and asks nobody. */
function byCarrier({ to, offer }: SimulatedCall, elsewhere: boolean): Outcome {
  if (elsewhere && to.hasPlan) return { by: 'backup', saved: false };
  if (offer().end !== 'failed') return { by: 'primary', saved: false };
  const saved = to.safetyNet && to.hasPlan;
  return { by: saved ? 'backup' : 'nobody', saved };
}

export function placeCall(call: SimulatedCall): Outcome {
  const { to, at, share, id, offer } = call;
  if (to.by === 'number') return byCarrier(call, to.unit?.moved ?? false);
  // Nobody answers the carrier: what it was armed with is all there is.
  if (!call.answered) return { by: to.safetyNet && to.hasPlan ? 'backup' : 'nobody', saved: to.safetyNet && to.hasPlan };
  const diverted = !isOffered(share, id);
  const decision = callSteps({
    number: to.number,
    route: {
      customer: 'simulated',
      primary: { id: to.primary, settings: { kind: 'pbx', target: 'sip:{number}@pbx.invalid' }, state: { is: diverted ? 'down' : 'up', since: 0 } },
      plan: to.hasPlan ? { id: 'plan', from: 'number', plan: PLAN } : undefined,
      timeZone: 'UTC',
    },
    passage: 'fresh',
    at,
    activeCalls: () => 0,
    refusedBy: () => undefined,
    primaryOf: () => undefined,
  });
  const tried: string[] = [];
  let last: LastLeg | undefined;
  for (;;) {
    const move = nextStep(decision, tried, last);
    if (move.do === 'hang-up') return { by: last?.step === PRIMARY_KEY ? 'primary' : 'backup', saved: tried.length > 1 };
    const { step } = move;
    if (!isDial(step)) return { by: step.kind === 'voicemail' ? 'backup' : 'nobody', saved: step.kind === 'voicemail' && tried.length > 0 };
    tried.push(step.key);
    last = { step: step.key, result: step.kind === 'primary' ? offer() : { end: 'answered', cause: 'user' } };
  }
}
