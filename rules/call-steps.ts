/**
 * The judgement for one call: what to try, in order.
 *
 * Holds for every answer: there is at least one step; exactly one, the last, is a voicemail or an announcement; no
 * two steps share a key; nothing dials the called number itself or a diverted primary; a call that came back
 * to where it started is refused.
 */
import type { CallRoute } from '../src/domain/call.ts';
import { DEFAULT_PRIMARY_RING_SECONDS, isDiverted, primaryTarget } from '../src/domain/primary.ts';
import type { Plan } from '../src/domain/plan.ts';
import type { DialStep, Step } from '../src/domain/step.ts';
import { announcement, DEFAULT_LANGUAGE } from './announcements.ts';
import type { CallDecision, CallFacts, RouteFacts, Skipped } from './call-facts.ts';
import type { PlanFrom } from './effective-plan.ts';
import { planSteps } from './plan-steps.ts';
import { PRIMARY_KEY } from './step-key.ts';

export type { CallDecision, CallFacts, RouteFacts, Skipped, SkipReason } from './call-facts.ts';

function primaryStep(facts: CallFacts, skipped: Skipped[]): DialStep | undefined {
  const primary = facts.route?.primary;
  if (primary === undefined) return undefined;
  if (isDiverted(primary.state)) {
    skipped.push({ to: PRIMARY_KEY, why: 'primary-down' });
    return undefined;
  }
  const { settings } = primary;
  return { kind: 'primary', key: PRIMARY_KEY, to: primaryTarget(settings, facts.number), ringSeconds: settings.ringSeconds ?? DEFAULT_PRIMARY_RING_SECONDS, screen: 'no' };
}

/** What is said when the plan leaves nothing to end with. */
function lastWord(facts: CallFacts): Step {
  return announcement(facts.route?.plan === undefined ? 'no-plan' : 'nothing-left');
}

const WHOSE: Readonly<Record<PlanFrom, string>> = { number: "the number's own", customer: "the customer's default", provider: "the provider's default" };

function sentence(facts: CallFacts, byPlan: number, skipped: readonly Skipped[]): string {
  const { primary, plan } = facts.route ?? {};
  const ofPrimary = primary === undefined ? 'No usable primary' : `Primary \`${primary.id}\` ${isDiverted(primary.state) ? 'is diverted' : 'first'}`;
  const ofPlan = plan === undefined ? 'no plan' : `${byPlan} of ${plan.plan.destinations.length} destinations of plan \`${plan.id}\` (${WHOSE[plan.from]})`;
  const ofDestinations = skipped.filter(({ to }) => to !== PRIMARY_KEY).map(({ why }) => why);
  const left = ofDestinations.length === 0 ? '' : `; skipped: ${ofDestinations.join(', ')}`;
  return `${ofPrimary}, then ${ofPlan}${left}${facts.passage === 'passed' ? '; it came through us before, so no other phone is dialled' : ''}.`;
}

function routeOf(primary: Step | undefined, byPlan: readonly Step[]): CallRoute {
  if (primary !== undefined) return 'primary-first';
  return byPlan.length > 0 ? 'plan' : 'nothing';
}

function languageOf(plan: Plan | undefined): string {
  return plan?.language ?? DEFAULT_LANGUAGE;
}

/** The one step stands for a refusal: whoever sent the call here hears busy and goes on. */
function returned(route: RouteFacts): CallDecision {
  const protectedBy = route.plan === undefined ? {} : { protectedBy: route.plan.from, planId: route.plan.id };
  return { steps: [announcement('looped')], route: 'nothing', ...protectedBy, language: DEFAULT_LANGUAGE, followOn: [], skipped: [], because: 'The call came back to where it started: it is refused as busy.' };
}

export function callSteps(facts: CallFacts): CallDecision {
  const { route } = facts;
  if (route === undefined) {
    return { steps: [announcement('number-unknown')], route: 'nothing', language: DEFAULT_LANGUAGE, followOn: [], skipped: [], because: 'The called number is not one of ours.' };
  }
  if (facts.passage === 'returned') return returned(route);
  const skipped: Skipped[] = [];
  const primary = primaryStep(facts, skipped);
  const byPlan = route.plan === undefined ? [] : planSteps(facts, route, route.plan.plan, skipped);
  const steps = primary === undefined ? [...byPlan] : [primary, ...byPlan];
  const last = steps.at(-1);
  if (last === undefined || (last.kind !== 'voicemail' && last.kind !== 'announcement')) steps.push(lastWord(facts));
  return {
    steps,
    route: routeOf(primary, byPlan),
    ...(route.plan === undefined ? {} : { protectedBy: route.plan.from, planId: route.plan.id }),
    language: languageOf(route.plan?.plan),
    followOn: route.plan?.plan.followOn ?? [],
    skipped,
    because: sentence(facts, byPlan.length, skipped),
  };
}
