/** What a plan contributes to one call: its usable destinations in order, up to the first that ends the call. */
import { DEFAULT_RING_SECONDS, destinationKind, VOICEMAIL_MAX_SECONDS, type Destination, type DestinationKind, type Plan } from '../src/domain/plan.ts';
import { isDiverted } from '../src/domain/primary.ts';
import { isDial, type DialStep, type Step } from '../src/domain/step.ts';
import { ANNOUNCEMENTS, DEFAULT_LANGUAGE, VOICEMAIL_GREETING } from './announcements.ts';
import type { CallFacts, RouteFacts, SkipReason, Skipped } from './call-facts.ts';
import { isOpen, knownHours } from './hours.ts';
import type { Passage } from './passage.ts';
import { stepKeys } from './step-key.ts';
import { whyUnusable } from './unusable.ts';

/** What a call may still be sent to, by how it came to us. */
const ALLOWED: Readonly<Record<Passage, readonly DestinationKind[]>> = {
  fresh: ['phone', 'sip', 'voicemail', 'announcement'],
  passed: ['voicemail', 'announcement'],
  returned: [],
};

function whySkipped(facts: CallFacts, route: RouteFacts, destination: Destination): Omit<Skipped, 'to'> | undefined {
  const { to } = destination;
  if (!ALLOWED[facts.passage].includes(destinationKind(to))) return { why: 'looped' };
  const never = whyUnusable(facts, to, route.primary && isDiverted(route.primary.state) ? route.primary : undefined);
  if (never !== undefined) return never;
  const why = whyNotNow(facts, route, destination);
  return why === undefined ? undefined : { why };
}

function whyNotNow(facts: CallFacts, route: RouteFacts, { to, hours: text, maxCalls }: Destination): SkipReason | undefined {
  if (text !== undefined) {
    const hours = knownHours(text);
    if (hours === undefined) return 'invalid-hours';
    if (!isOpen(hours, facts.at, route.timeZone)) return 'closed';
  }
  return maxCalls !== undefined && facts.activeCalls(to) >= maxCalls ? 'full' : undefined;
}

function stepFor(destination: Destination, key: string, language: string): Step {
  const { to, say } = destination;
  const kind = destinationKind(to);
  const spoken = (text: string) => (say === undefined ? { say: text, language: DEFAULT_LANGUAGE } : { say, language });
  if (kind === 'voicemail') return { kind, key, ...spoken(VOICEMAIL_GREETING), maxSeconds: VOICEMAIL_MAX_SECONDS };
  if (kind === 'announcement') return { kind, key, ...spoken(ANNOUNCEMENTS['in-plan']), because: 'in-plan' };
  return {
    kind, key, to,
    ringSeconds: destination.ringSeconds ?? DEFAULT_RING_SECONDS,
    screen: destination.screen === true ? 'closed' : 'no',
    ...(destination.maxCalls === undefined ? {} : { maxCalls: destination.maxCalls }),
  };
}

/**
 * Asking for a key may lose the call at the very last person: a confused helper, a phone that sends no tones.
 * Where no voicemail follows, that person is connected anyway.
 */
function openLastScreen(steps: readonly Step[], plan: Plan): Step[] {
  if (plan.failOpen === false || steps.at(-1)?.kind === 'voicemail') return [...steps];
  const last = steps.findLast((step): step is DialStep => isDial(step));
  return steps.map((step) => (step === last && step.screen === 'closed' ? { ...step, screen: 'open' } : step));
}

/** The steps of the plan, ending with the first voicemail or announcement; why others were left out goes to `skipped`. */
export function planSteps(facts: CallFacts, route: RouteFacts, plan: Plan, skipped: Skipped[]): Step[] {
  const keys = stepKeys(plan.destinations);
  const steps: Step[] = [];
  for (const [index, destination] of plan.destinations.entries()) {
    const why = whySkipped(facts, route, destination);
    if (why !== undefined) {
      skipped.push({ to: destination.to, ...why });
      continue;
    }
    const step = stepFor(destination, keys[index] ?? destination.to, plan.language ?? DEFAULT_LANGUAGE);
    steps.push(step);
    if (!isDial(step)) break;
  }
  return openLastScreen(steps, plan);
}
