/**
 * Would a call to this number be answered if its primary failed now, and if not, why? The very judgements that calls and routings get are
 * asked, as if the primary were down; what the carrier and its last check say is laid over them.
 *
 * Holds for every verdict: a number that is ready has a step that is more than an announcement, and where its routing is set at the
 * carrier, that leads to such a step. One that is not has a reason that stops it.
 */
import type { Destination } from '../src/domain/plan.ts';
import { isDial, type Step } from '../src/domain/step.ts';
import type { CallFacts, Skipped } from './call-facts.ts';
import { callSteps } from './call-steps.ts';
import type { DesiredRoute } from './desired-route.ts';
import { isNeverOpen, knownHours } from './hours.ts';
import type { Proof } from './proof.ts';

interface Meaning {
  /**
   * - `stops`: nobody would answer; - `passes`: nobody would at this moment, and that passes by itself; - `risk`: somebody would, and yet it should be looked at
   */
  is: 'stops' | 'passes' | 'risk';
  means: string;
  /** Keys of one customer are told `provider` in its place, or nothing of a risk: what is so at carriers is the provider's alone. */
  ofProvider?: true;
}

/** Every reason. */
export const READINESS_REASONS = {
  'no-plan': { is: 'stops', means: 'neither the number, nor its customer, nor the provider has a plan for it' },
  'announcement-only': { is: 'stops', means: 'its plan has nothing but an announcement' },
  policy: { is: 'stops', means: 'the destination policy refuses what its plan leads to' },
  loop: { is: 'stops', means: 'its plan leads back to where it began' },
  itself: { is: 'stops', means: 'its plan leads to the number itself' },
  'same-fate': { is: 'stops', means: 'what its plan leads to falls together with its primary' },
  'never-open': { is: 'stops', means: 'what its plan leads to is never open, or its hours cannot be read' },
  dead: { is: 'stops', means: 'the last test call to each of its destinations could not be delivered' },
  closed: { is: 'passes', means: 'what its plan leads to is closed at this hour' },
  full: { is: 'passes', means: 'what its plan leads to has as many calls as it takes' },
  'primary-unknown': { is: 'stops', means: 'its primary cannot be diverted: the record is missing or cannot be read', ofProvider: true },
  'carrier-unknown': { is: 'stops', means: 'the record of its carrier is missing or cannot be read', ofProvider: true },
  'not-public': { is: 'stops', means: 'its carrier cannot reach this service at PUBLIC_BASE_URL', ofProvider: true },
  'carrier-cannot': { is: 'stops', means: 'its carrier cannot divert it so, or not to what its plan leads to', ofProvider: true },
  'not-at-carrier': { is: 'stops', means: "the last check did not find it in the carrier's account", ofProvider: true },
  forwarded: { is: 'stops', means: 'the last check found it forwarded at the carrier: its calls do not come here', ofProvider: true },
  'carrier-refuses': { is: 'stops', means: 'the carrier refuses what is asked of it: the credentials, this number, or the id in its record', ofProvider: true },
  conflict: { is: 'stops', means: 'somebody else changed its routing at the carrier: nothing is written until an operator says how that is to end', ofProvider: true },
  provider: { is: 'stops', means: 'something that the provider sees and can put right' },
  capacity: { is: 'risk', means: 'more numbers lead to its destinations than they take calls, and no voicemail follows' },
  unproven: { is: 'risk', means: 'no drill has lately proven any telephone or SIP address of its plan' },
  'safety-net': { is: 'risk', means: 'its safety net at the carrier is not as it should be', ofProvider: true },
  'no-safety-net': { is: 'risk', means: 'its carrier falls back to nothing if its ordinary way fails and Ringthrough is gone, too', ofProvider: true },
} as const satisfies Record<string, Meaning>;

export type ReadinessReason = keyof typeof READINESS_REASONS;

export interface ReadinessFacts {
  /** A fresh call, now; undefined where the primary is left out of it: of a number whose primary is not known nobody can say what falls with it. */
  call: CallFacts;
  /** What its routing will be once its primary is down, and what it is now; undefined where the carrier asks for each call. */
  routing?: { ifDown: DesiredRoute; now: DesiredRoute } | undefined;
  /** What is known of it at its carrier. */
  atCarrier: readonly ReadinessReason[];
  /** How many numbers of this primary lead to a destination. */
  behind(to: string): number;
  /** So many numbers are not too many for a destination that says nothing of how many calls it takes. */
  most: number;
  /** What drills have proven of a destination; undefined: nobody asks. */
  proof?: ((to: string) => Proof) | undefined;
}

export interface Readiness {
  /** Somebody, or a voicemail, would answer. */
  answered: boolean;
  /** Nobody would at this moment, and that passes by itself. */
  passing: boolean;
  /** In the order of the table above; none twice. */
  reasons: readonly ReadinessReason[];
}

const ORDER = Object.keys(READINESS_REASONS) as ReadinessReason[];

/** The call as it would be judged once the primary is down. */
function ifDown(call: CallFacts): CallFacts {
  const { route } = call;
  return route?.primary ? { ...call, route: { ...route, primary: { ...route.primary, state: { is: 'down', since: 0 } } } } : call;
}

function verdictOf(found: ReadonlySet<ReadinessReason>): Readiness {
  const reasons = ORDER.filter((reason) => found.has(reason));
  const stopping = reasons.filter((reason) => READINESS_REASONS[reason].is !== 'risk');
  return { answered: stopping.length === 0, passing: stopping.length > 0 && stopping.every((reason) => READINESS_REASONS[reason].is === 'passes'), reasons };
}

const nobodyAt = ({ kind }: Step): boolean => kind === 'announcement';

function reasonOf({ to, why, rule }: Skipped, destinations: readonly Destination[]): ReadinessReason | undefined {
  switch (why) {
    case 'policy':
      return rule === 'loop' ? 'loop' : 'policy';
    case 'primary-down':
      return 'same-fate';
    case 'invalid-hours':
      return 'never-open';
    case 'closed': {
      const hours = destinations.flatMap((one) => (one.to === to && one.hours !== undefined ? (knownHours(one.hours) ?? []) : []));
      return hours.every(isNeverOpen) ? 'never-open' : 'closed';
    }
    case 'itself':
    case 'full':
      return why;
    // A fresh call has been nowhere.
    case 'looped':
      return undefined;
  }
}

/** Why the plan brings the call to nobody. What is left out for a while alone hides what is left out for good: the plan works at other times. */
function whyNobody(call: CallFacts, skipped: readonly Skipped[]): readonly ReadinessReason[] {
  const plan = call.route?.plan;
  if (!plan) return ['no-plan'];
  const reasons = skipped.filter(({ to }) => to !== 'primary').flatMap((one) => reasonOf(one, plan.plan.destinations) ?? []);
  const passing = reasons.filter((reason) => READINESS_REASONS[reason].is === 'passes');
  if (passing.length > 0) return passing;
  return reasons.length > 0 ? reasons : ['announcement-only'];
}

/** Whether the routing at the carrier leads to one of the steps, or to us, who know them all. */
const leadsTo = ({ is, targets }: DesiredRoute, steps: readonly Step[]): boolean =>
  is === 'diverted' && targets.some((target) => target.kind === 'web' || steps.some((step) => isDial(step) && step.to === (target.kind === 'phone' ? target.number : target.uri)));

/** Every step takes so many calls and no more, and more numbers than that lead to each. */
function isCrowded(steps: readonly Step[], { behind, most }: Pick<ReadinessFacts, 'behind' | 'most'>): boolean {
  return steps.length > 0 && steps.every((step) => isDial(step) && behind(step.to) > (step.maxCalls ?? most));
}

/** A voicemail behind the telephones takes the call though none of them does. */
function unprovenReason(steps: readonly Step[], proof: (to: string) => Proof): ReadinessReason | undefined {
  const proofs = steps.flatMap((step) => (isDial(step) ? [proof(step.to)] : []));
  if (proofs.length === 0 || proofs.includes('proven')) return undefined;
  return proofs.length === steps.length && proofs.every((one) => one === 'dead') ? 'dead' : 'unproven';
}

export function readiness(facts: ReadinessFacts): Readiness {
  const { call, routing, atCarrier } = facts;
  const { steps, skipped } = callSteps(ifDown(call));
  const found = new Set<ReadinessReason>(atCarrier);
  const answering = steps.filter((step) => !nobodyAt(step) && step.kind !== 'primary');
  if (answering.length === 0) for (const reason of whyNobody(call, skipped)) found.add(reason);
  else if (isCrowded(answering, facts)) found.add('capacity');
  const untried = facts.proof && unprovenReason(answering, facts.proof);
  if (untried) found.add(untried);
  if (routing) {
    if (call.route?.primary === undefined) found.add('primary-unknown');
    else if (answering.length > 0 && !leadsTo(routing.ifDown, answering)) found.add('carrier-cannot');
    if (routing.now.uncaught !== undefined) found.add('no-safety-net');
  }
  return verdictOf(found);
}

/** The same as a key of its customer may know it. @param foreign a destination is a number of another customer: what falls with that is not told */
export function forCustomer({ reasons }: Pick<Readiness, 'reasons'>, foreign: boolean): Readiness {
  return verdictOf(new Set(reasons.flatMap((reason): ReadinessReason[] => {
    const { is, ofProvider }: Meaning = READINESS_REASONS[reason];
    if (ofProvider !== true && !(foreign && reason === 'same-fate')) return [reason];
    return is === 'stops' ? ['provider'] : [];
  })));
}
