/**
 * What a number's routing at its carrier should be, where the carrier is told and does not ask: as it was, or to the plan's
 * destinations that it can be told.
 *
 * The destinations are judged as for a call, but a routing stands whatever the hour and however many calls there are: hours and
 * capacities do not hold in it, nor does screening, which only we can ask for. Each is told (`unheeded`). A destination that is
 * never open, or whose hours cannot be read, is left out all the same.
 *
 * Holds for every verdict: targets only when diverted, and then at least one, at most as many as the carrier holds, of kinds that it
 * can; none is the number itself, refused by the policy, or falls with the primary; every destination is a target, dropped, or
 * reached through our own address.
 */
import type { PolicyRule } from '../src/domain/destination-policy.ts';
import { destinationKind, type Destination } from '../src/domain/plan.ts';
import { isDivertedAtCarriers, type Primary, type PrimaryState } from '../src/domain/primary.ts';
import type { Target, TargetKind } from '../src/domain/target.ts';
import type { EffectivePlan } from './effective-plan.ts';
import { isNeverOpen, knownHours } from './hours.ts';
import { whyUnusable, type NumberFacts } from './unusable.ts';

export interface RoutingFacts extends NumberFacts {
  /** Undefined when its record is missing or cannot be read. */
  primary: { id: string; settings: Primary; state: PrimaryState } | undefined;
  plan: EffectivePlan | undefined;
  /** What a write can point calls at. */
  can: readonly TargetKind[];
  /** What the carrier can send a call to by itself when the ordinary way fails. */
  net: readonly TargetKind[];
  /** Of a target of such a kind: whether the carrier can be told this one. */
  takes(target: Target): boolean;
  /** How many targets one routing holds. */
  most: number;
  /** The address of ours that the carrier asks for each call, and gets the whole plan; undefined where it asks nobody. */
  ownAddress: string | undefined;
  /** A document, kept by others, that leads to the target, for carriers that take nothing else; undefined where there is none. */
  document?(target: Target): Target | undefined;
  /** Our own address, asked when the ordinary way fails, where no such document is: it catches as long as we are there. */
  ownNet?: string | undefined;
}

/** - `after-the-end`: a voicemail or an announcement comes before it; - `carrier-cannot`: the carrier cannot be told; - `no-room`: its routing holds no more */
export type DropReason = 'itself' | 'policy' | 'primary-down' | 'closed' | 'invalid-hours' | 'after-the-end' | 'carrier-cannot' | 'no-room';

export interface Dropped {
  to: string;
  why: DropReason;
  /** With `policy`: which rule of it. */
  rule?: PolicyRule;
}

/** - `no-destination`: the plan has none that somebody else could reach; - `no-document`: the carrier takes documents alone, and there is none; - `carrier-cannot` */
export const UNCAUGHT = ['no-destination', 'no-document', 'carrier-cannot'] as const;
export type Uncaught = (typeof UNCAUGHT)[number];

export type Unheeded = { to: string; what: 'hours' | 'capacity' | 'screening' };

export interface DesiredRoute {
  /** - `original`: as it was before us; - `no-plan`: it should go elsewhere, and there is nowhere to go: `dropped` says why */
  is: 'original' | 'diverted' | 'no-plan';
  /** Tried in this order; empty unless diverted. */
  targets: readonly Target[];
  /** What the safety net should be while nothing is diverted; undefined: none. */
  net: Target | undefined;
  /** Why nothing catches its calls when its ordinary way fails and we are gone, too; undefined when something does, or it is diverted. */
  uncaught?: Uncaught;
  /** False when there is nowhere that it could go. */
  protected: boolean;
  dropped: readonly Dropped[];
  unheeded: readonly Unheeded[];
}

function targetOf(to: string): Target | undefined {
  const kind = destinationKind(to);
  if (kind === 'phone') return { kind, number: to };
  return kind === 'sip' ? { kind, uri: to } : undefined;
}

function whyDropped(facts: RoutingFacts, { to, hours: text }: Destination): Omit<Dropped, 'to'> | undefined {
  // Also while it is up: the safety net catches when it fails.
  const never = whyUnusable(facts, to, facts.primary);
  if (never !== undefined || text === undefined) return never;
  const hours = knownHours(text);
  if (hours === undefined) return { why: 'invalid-hours' };
  return isNeverOpen(hours) ? { why: 'closed' } : undefined;
}

/** The destinations that a call could come to, up to the first that ends it. */
function usable(facts: RoutingFacts, dropped: Dropped[]): Destination[] {
  const found: Destination[] = [];
  for (const destination of facts.plan?.plan.destinations ?? []) {
    const { to } = destination;
    const last = found.at(-1);
    const why = last && targetOf(last.to) === undefined ? { why: 'after-the-end' as const } : whyDropped(facts, destination);
    if (why === undefined) found.push(destination);
    else dropped.push({ to, ...why });
  }
  return found;
}

function unheededOf({ to, hours, maxCalls, screen }: Destination): Unheeded[] {
  return [
    ...(hours === undefined ? [] : [{ to, what: 'hours' as const }]),
    ...(maxCalls === undefined ? [] : [{ to, what: 'capacity' as const }]),
    ...(screen === true ? [{ to, what: 'screening' as const }] : []),
  ];
}

/** The target as the carrier can be told it: by itself, or by a document that leads there. */
function tellable({ takes, document }: RoutingFacts, kinds: readonly TargetKind[], to: string): Target | undefined {
  const target = targetOf(to);
  if (target === undefined) return undefined;
  if (kinds.includes(target.kind) && takes(target)) return target;
  const web = kinds.includes('web') ? document?.(target) : undefined;
  return web && takes(web) ? web : undefined;
}

function divertedTo(facts: RoutingFacts, found: readonly Destination[], dropped: Dropped[]): Pick<DesiredRoute, 'targets' | 'unheeded'> {
  const { can, most, ownAddress } = facts;
  const told = found.flatMap((destination) => {
    const target = tellable(facts, can, destination.to);
    return target ? [{ destination, target }] : [];
  });
  // What needs nobody but the carrier goes before what needs us; but in a document of others much of the plan is lost.
  if (told.every(({ target }) => target.kind === 'web') && found.length > 0 && ownAddress !== undefined && can.includes('web')) return { targets: [{ kind: 'web', url: ownAddress }], unheeded: [] };
  const kept = told.slice(0, most);
  const among = (some: typeof told, destination: Destination): boolean => some.some((one) => one.destination === destination);
  for (const destination of found) if (!among(kept, destination)) dropped.push({ to: destination.to, why: among(told, destination) ? 'no-room' : 'carrier-cannot' });
  return { targets: kept.map(({ target }) => target), unheeded: kept.flatMap(({ destination }) => unheededOf(destination)) };
}

/** What the carrier falls back to by itself: the first that it can be told, or else us. */
function caughtBy(facts: RoutingFacts, found: readonly Destination[]): Pick<DesiredRoute, 'net' | 'uncaught'> {
  for (const { to } of found) {
    const net = tellable(facts, facts.net, to);
    if (net) return { net };
  }
  const any = found.some(({ to }) => targetOf(to) !== undefined);
  const own = found.length > 0 && facts.ownNet !== undefined && facts.net.includes('web') ? { kind: 'web' as const, url: facts.ownNet } : undefined;
  return { net: own, uncaught: !any ? 'no-destination' : facts.net.includes('web') ? 'no-document' : 'carrier-cannot' };
}

/** `dropped` and `unheeded` are of where its calls go, or would go if the primary failed. */
export function desiredRoute(facts: RoutingFacts): DesiredRoute {
  const { primary } = facts;
  const dropped: Dropped[] = [];
  const found = usable(facts, dropped);
  const { targets, unheeded } = divertedTo(facts, found, dropped);
  const told = { dropped, unheeded, protected: targets.length > 0 };
  // Of a primary that is not known nobody can say what falls with it.
  if (primary === undefined) return { is: 'original', targets: [], net: undefined, ...told };
  if (isDivertedAtCarriers(primary.state)) return { is: targets.length > 0 ? 'diverted' : 'no-plan', targets, net: undefined, ...told };
  return { is: 'original', targets: [], ...caughtBy(facts, found), ...told };
}

/** The same once the primary has failed. */
export function routeIfDown(facts: RoutingFacts): DesiredRoute {
  return desiredRoute(facts.primary ? { ...facts, primary: { ...facts.primary, state: { is: 'down', since: 0 } } } : facts);
}
