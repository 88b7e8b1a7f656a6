/** Gathers from memory what the readiness of a number is judged by: the facts that its calls and its routing are judged by, and what was noted of it. No I/O. */
import { forCustomer, readiness, type Readiness, type ReadinessFacts, type ReadinessReason } from '../../rules/readiness.ts';
import type { Proof } from '../../rules/proof.ts';
import type { ActiveLegs } from '../calls/active-legs.ts';
import { planFor } from '../calls/number-facts.ts';
import { policyFor } from '../calls/plan-policy.ts';
import { routingOf } from '../carriers/kinds.ts';
import { canBeAsked } from '../diversion/public-address.ts';
import { isRouted, routesFor, type Sight } from '../diversion/unit-facts.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Noted } from './noted.ts';

/** How many numbers of a primary lead to a destination; with `customer`, of that customer alone. */
export type Behind = (primary: string, to: string, customer?: string) => number;

export interface JudgeDeps {
  sight: Sight;
  legs: Pick<ActiveLegs, 'count'>;
  /** Milliseconds since 1970. */
  at: number;
  behind: Behind;
  /** Carriers that let us set nothing. */
  refusing: ReadonlySet<string>;
  /** What drills have proven of a destination of a plan; undefined: nobody asks. */
  proof?: ((plan: string, to: string) => Proof) | undefined;
}

export interface Verdict {
  provider: Readiness;
  /** As a key of its customer may know it: what others have and do is not in it. */
  customer: Readiness;
}

function atCarrier({ sight: { table, baseUrl }, refusing }: JudgeDeps, rule: NumberRecord, noted: Noted | undefined): ReadinessReason[] {
  const carrier = table.carrier(rule.carrier);
  if (!carrier) return ['carrier-unknown'];
  const own = noted?.carrier === rule.carrier ? noted.reasons : [];
  if (isRouted(rule)) return [...(refusing.has(rule.carrier) ? ['carrier-refuses' as const] : []), ...own.filter((reason) => reason !== 'forwarded')];
  const ways: ReadinessReason[] = !routingOf(carrier).abilities.perCall ? ['carrier-cannot'] : canBeAsked(baseUrl, carrier) ? [] : ['not-public'];
  // What concerns the carrier's API keeps no call from coming here: only its fallback is set by that.
  const fallback: ReadinessReason[] = own.includes('conflict') || own.includes('safety-net') ? ['safety-net'] : [];
  return [...ways, ...own.filter((reason) => reason === 'not-at-carrier' || reason === 'forwarded'), ...fallback];
}

/** Of a number that is on a trunk or an application, as far as is known: by itself or with that. Undefined for one that the carrier asks us for. */
function routingOfNumber(sight: Sight, number: string, rule: NumberRecord, group: string | undefined): ReadinessFacts['routing'] {
  if (!isRouted(rule) || !sight.table.carrier(rule.carrier)) return undefined;
  const alone = routesFor(sight, number, rule, group);
  if (rule.divertBy !== 'trunk' || group !== undefined || alone.ifDown.is === 'diverted') return alone;
  // On which it is, is not known before it was looked at.
  return routesFor(sight, number, rule, '');
}

export function judgeNumber(deps: JudgeDeps, number: string, rule: NumberRecord, noted?: Noted): Verdict {
  const { sight, legs, at, behind, proof } = deps;
  const { table, judge } = sight;
  const { customer, primary } = rule;
  const { chosen, timeZone } = planFor(table, rule);
  const settings = table.primary(primary);
  const facts: ReadinessFacts = {
    call: {
      number,
      route: { customer, primary: settings && { id: primary, settings, state: table.state(primary) }, plan: chosen, timeZone },
      passage: 'fresh',
      at,
      activeCalls: legs.count,
      ...policyFor(table, judge, { number, customer, plan: chosen?.id ?? '' }),
    },
    routing: routingOfNumber(sight, number, rule, noted?.group),
    atCarrier: atCarrier(deps, rule, noted),
    behind: (to) => behind(primary, to),
    most: judge.policy.warnAboveNumbersBehindOne,
    proof: proof && ((to) => proof(chosen?.id ?? '', to)),
  };
  const provider = readiness(facts);
  const shared = provider.reasons.includes('full') || provider.reasons.includes('capacity');
  const own = shared ? readiness({ ...facts, call: { ...facts.call, activeCalls: () => 0 }, behind: (to) => behind(primary, to, customer) }) : provider;
  const foreign = own.reasons.includes('same-fate') && (chosen?.plan.destinations ?? []).some(({ to }) => {
    const other = judge.verdict(to, []).number;
    const theirs = other === undefined ? undefined : table.number(other);
    return theirs !== undefined && theirs.customer !== customer;
  });
  return { provider, customer: forCustomer(own, foreign) };
}
