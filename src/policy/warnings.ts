/** What is allowed and yet unwise about a plan or a number's plan, or was stored before the policy refused it: told with the record. */
import { leadsBack } from '../../rules/plan-loop.ts';
import { hasSameFate } from '../../rules/same-fate.ts';
import type { DestinationJudge } from '../calls/destination-judge.ts';
import { planFor, planOfNumber } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Destination, Plan } from '../domain/plan.ts';
import { primaryTarget } from '../domain/primary.ts';

export interface Warning {
  /** JSON pointer into the plan. */
  at: string;
  /** A rule of the policy that refuses it, or `managed-number`, `same-fate`, `many-numbers`. */
  rule: string;
  detail: string;
  /** Numbers that it is about. */
  count?: number;
}

interface Sight {
  table: RoutingTable;
  judge: DestinationJudge;
  /** The customer whose key asks: of others' numbers it learns nothing. */
  viewer: string | undefined;
}

/** Numbers looked at for the countries of those that use a plan. */
const LOOKED_AT = 2000;

const counted = (count: number): string => `${count} ${count === 1 ? 'number' : 'numbers'}`;

/** The sets of countries that the numbers of a plan may call. */
export function scopesOf(table: RoutingTable, judge: DestinationJudge, id: string): (readonly string[])[] {
  const users = table.someNumbers((rule) => planFor(table, rule).chosen?.id === id, LOOKED_AT);
  return [...new Set(users.map((number) => judge.allowedFor(number, table.customer(table.number(number)?.customer ?? ''))))];
}

interface Usage {
  primaries: Set<string>;
  /** Numbers by plan. */
  numbers: Map<string, number>;
}

function usageOf({ table, viewer }: Sight, id: string): Usage {
  const usage: Usage = { primaries: new Set(), numbers: new Map() };
  table.eachRule((rule, count) => {
    if (viewer !== undefined && rule.customer !== viewer) return;
    const plan = planFor(table, rule).chosen?.id;
    if (plan === undefined) return;
    usage.numbers.set(plan, (usage.numbers.get(plan) ?? 0) + count);
    if (plan === id) usage.primaries.add(rule.primary);
  });
  return usage;
}

function numbersBehind(table: RoutingTable, { numbers }: Usage, to: string): number {
  let sum = 0;
  for (const [plan, count] of numbers) if (table.plan(plan)?.destinations.some((destination) => destination.to === to)) sum += count;
  return sum;
}

/** A number of ours that a destination leads to, as far as the viewer may know of it. */
function ours({ table, judge, viewer }: Sight, to: string): NumberRecord | undefined {
  const { number } = judge.verdict(to, []);
  const rule = number === undefined ? undefined : table.number(number);
  return viewer === undefined || rule?.customer === viewer ? rule : undefined;
}

function sharesFate(sight: Sight, to: string, primary: string, number: string): boolean {
  const settings = sight.table.primary(primary);
  return hasSameFate(to, { id: primary, target: settings ? primaryTarget(settings, number) : '' }, (one) => ours(sight, one)?.primary);
}

/** Any number will do where only the host of the primary's address is asked for. */
const ANY_NUMBER = '+10000000000';

function* ofDestination(sight: Sight, { to }: Destination, id: string, usage: Usage, scopes: readonly (readonly string[])[]): Generator<Omit<Warning, 'at'>> {
  const { table, judge } = sight;
  const refusals = scopes.map((allowed) => judge.verdict(to, allowed).refusal).filter((refusal) => refusal !== undefined);
  const [refusal] = refusals;
  if (refusal) yield { rule: refusal.rule, detail: `${refusals.length < scopes.length ? 'for some of its numbers ' : ''}never dialled: ${refusal.reason}` };
  if (leadsBack(to, id, planOfNumber(table), judge.policy.loops.followAtMost)) yield { rule: 'loop', detail: 'never dialled: it leads back to this plan' };
  else if (ours(sight, to)) yield { rule: 'managed-number', detail: 'a number of yours: a call that is sent there rings its primary, and goes no further than its voicemail' };
  const shared = [...usage.primaries].filter((primary) => sharesFate(sight, to, primary, ANY_NUMBER));
  if (shared.length > 0) yield { rule: 'same-fate', detail: `it is served by the same primary (${shared.join(', ')}) as numbers of this plan, and left out while that is diverted` };
  const behind = numbersBehind(table, usage, to);
  if (to !== 'voicemail' && to !== 'announcement' && behind > judge.policy.warnAboveNumbersBehindOne) yield { rule: 'many-numbers', detail: `${counted(behind)} lead to this one destination`, count: behind };
}

export function planWarnings(sight: Sight, id: string, plan: Plan): Warning[] {
  const { table, judge } = sight;
  const usage = usageOf(sight, id);
  const used = scopesOf(table, judge, id);
  const scopes = used.length > 0 ? used : [plan.customer === undefined ? undefined : table.customer(plan.customer)?.allowedCountries].filter((list) => list !== undefined);
  return plan.destinations.flatMap((destination, at) => [...ofDestination(sight, destination, id, usage, scopes)].map((warning) => ({ at: `/destinations/${at}/to`, ...warning })));
}

/** Of the plan that holds for one number. */
export function numberWarnings(sight: Sight, number: string, record: NumberRecord): Warning[] {
  const { table, judge } = sight;
  const { chosen } = planFor(table, record);
  if (!chosen) return [];
  const allowed = judge.allowedFor(number, table.customer(record.customer));
  return chosen.plan.destinations.flatMap(({ to }, index): Warning[] => {
    const at = `/destinations/${index}/to`;
    const { refusal } = judge.verdict(to, allowed);
    if (refusal) return [{ at, rule: refusal.rule, detail: `never dialled: ${refusal.reason}` }];
    if (leadsBack(to, chosen.id, planOfNumber(table), judge.policy.loops.followAtMost)) return [{ at, rule: 'loop', detail: 'never dialled: it leads back to this plan' }];
    return sharesFate(sight, to, record.primary, number) ? [{ at, rule: 'same-fate', detail: 'served by the same primary, and left out while that is diverted' }] : [];
  });
}
