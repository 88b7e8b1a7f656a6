/** One number of the go-bag: what is known of it, as requests; or why nothing can be done for it by hand. */
import type { DesiredRoute } from '../../rules/desired-route.ts';
import { ownRouting, type RoutedNumber, type Routing } from '../carriers/api.ts';
import type { CarrierRequest } from '../carriers/http.ts';
import { waysOf, type CarrierRouting } from '../carriers/routing.ts';
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { destinationKind } from '../domain/plan.ts';
import { originalOf, type Route, type RouteLayer } from '../domain/route.ts';
import { targetText } from '../domain/target.ts';
import { byHand, type Requests } from './by-hand.ts';
import type { PackedCarrier } from './carriers.ts';
import type { BagCannot, BagNumber, BagRequest, BagSteps } from './format.ts';
import type { Marks } from './text.ts';

export interface NumberFacts {
  number: string;
  rule: NumberRecord;
  /** What is known of its routing at the carrier. */
  route: Pick<Route, 'ref' | 'group' | 'seen' | 'divert'> | undefined;
  /** The trunk or application that is led away for it and others; `putBack`: by requests of its own. */
  group: { ref: string; was: Routing; putBack: boolean } | undefined;
  /** Where its calls would go without us. */
  wanted: DesiredRoute;
  carrier: PackedCarrier;
  marks: Marks;
}

/** Of one that asks us for each call, as it was last seen at the carrier. */
export function routeOf({ ref, routing }: RoutedNumber, { follows, groupOf }: Pick<CarrierRouting, 'follows' | 'groupOf'>): NonNullable<NumberFacts['route']> {
  const group = groupOf(routing);
  return { ref, seen: ownRouting(routing, follows), ...(group === undefined ? {} : { group }) };
}

const NOTHING: BagSteps = { made: [], writes: [] };

function requestOf({ method, path, headers = {}, body = '' }: CarrierRequest, marks: Marks): BagRequest {
  return { method, path: [...marks.parts(path)], headers, body: [...marks.parts(body, headers['content-type'])] };
}

function stepsOf({ writes, needed }: Requests, { carrier: { plain, objects }, marks }: Pick<NumberFacts, 'carrier' | 'marks'>): BagSteps {
  const made = needed.filter((meaning) => !objects.has(meaning)).flatMap((meaning) => (plain.objects ? [{ meaning, request: requestOf(plain.objects.make(meaning), marks), member: plain.objects.id(meaning) }] : []));
  return { made, writes: writes.map(({ otherwise, ...write }) => ({ ...requestOf(write, marks), ...(otherwise ? { otherwise: requestOf(otherwise, marks) } : {}) })) };
}

function whyNowhere({ wanted, carrier }: NumberFacts, original: Routing): BagCannot['cannot'] {
  const untold = wanted.dropped.some(({ to, why }) => why === 'carrier-cannot' && ['phone', 'sip'].includes(destinationKind(to)));
  return !untold ? 'no-destination' : waysOf(carrier.routing, original).number.includes('web') ? 'no-document' : 'carrier-cannot';
}

const identityOf = ({ number, rule: { primary, customer, carrier } }: Pick<NumberFacts, 'number' | 'rule'>) => ({ number, primary, customer, carrier });

export function cannot(facts: Pick<NumberFacts, 'number' | 'rule'>, why: BagCannot['cannot']): BagCannot {
  return { ...identityOf(facts), cannot: why };
}

/** What many numbers share, and we have moved as one: it is put back. `rule`: of one of its numbers. Undefined when no request can. */
export function bagGroup(facts: Pick<NumberFacts, 'number' | 'rule' | 'carrier' | 'marks'>, { original, set, sent }: RouteLayer, ref: string): BagNumber | undefined {
  const { carrier: { plain, routing }, marks } = facts;
  const idOf = (): never => { throw new Error('what many numbers share needs nothing else to be made'); };
  try {
    const { restore } = byHand({ ref, original, routing, plain, sent: [set, ...sent], targets: undefined, idOf });
    return { ...identityOf(facts), customer: '', ref, to: [], was: { ...original }, diverted: true, show: requestOf(plain.read(ref), marks), divert: NOTHING, restore: stepsOf(restore, facts) };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Throws what `byHand` throws. */
export function bagNumber(facts: NumberFacts): BagNumber | BagCannot {
  const { route, group, wanted, carrier: { plain, routing, objects }, marks } = facts;
  const { ref, divert } = route ?? {};
  const original = originalOf(route);
  if (ref === undefined || original === undefined) return cannot(facts, 'not-read');
  const { targets } = wanted;
  const [first, ...others] = targets;
  // What is diverted must be put back, also where it could go nowhere by now.
  if (first === undefined && !divert && !group) return cannot(facts, whyNowhere(facts, original));
  const requests = byHand({
    ref, original, routing, plain,
    sent: divert ? [divert.set, ...divert.sent] : [],
    targets: first === undefined ? undefined : [first, ...others],
    idOf: (meaning) => objects.get(meaning) ?? marks.id(meaning),
  });
  return {
    ...identityOf(facts),
    ref,
    to: targets.map(targetText),
    was: { ...original },
    ...(group && !group.putBack ? { group: { ref: group.ref, was: { ...group.was } } } : {}),
    diverted: divert !== undefined || group !== undefined,
    show: requestOf(plain.read(ref), marks),
    divert: requests.divert ? stepsOf(requests.divert, facts) : NOTHING,
    restore: stepsOf(requests.restore, facts),
  };
}
