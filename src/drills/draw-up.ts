/** Which test calls a drill makes: each telephone and SIP address in the plans of the numbers that are asked for, once. Nobody else is ever called. */
import { isNeverOpen, knownHours } from '../../rules/hours.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { planFor } from '../calls/number-facts.ts';
import { CARRIER_PARTS } from '../carriers/kinds.ts';
import { canBeAsked } from '../diversion/public-address.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { DrillScope, DrillTest, HeldBack } from '../domain/drill.ts';
import type { NumberRecord } from '../domain/number.ts';
import { DEFAULT_RING_SECONDS, destinationKind, type Destination } from '../domain/plan.ts';

export interface DrawUp {
  sight: Sight;
  scope: DrillScope;
  /** Plans of this customer alone: a key of one customer makes nobody else's telephones ring. */
  owner: string | undefined;
  /** Through this carrier, whatever carrier the numbers have; `from` is then the caller. */
  carrier?: string | undefined;
  from?: string | undefined;
  /** Which destinations of a plan; left out: all. */
  wanted?: (plan: string, to: string) => boolean;
  /** Some numbers of a customer, to be the caller. */
  numbersOf(customer: string): Promise<readonly string[]>;
}

interface Group {
  rule: NumberRecord;
  /** A number of the rule, where one is known. */
  number: string | undefined;
}

function groupsOf(table: RoutingTable, { plan, customer, primary, numbers }: DrillScope, owner: string | undefined): Group[] {
  const groups: Group[] = [];
  const isWanted = (rule: NumberRecord): boolean =>
    (customer === undefined || rule.customer === customer) && (primary === undefined || rule.primary === primary) && (owner === undefined || rule.customer === owner) && (plan === undefined || planFor(table, rule).chosen?.id === plan);
  if (numbers) {
    for (const number of numbers) {
      const rule = table.number(number);
      if (rule && isWanted(rule)) groups.push({ rule, number });
    }
    return groups;
  }
  table.eachRule((rule, count) => {
    if (count > 0 && isWanted(rule)) groups.push({ rule, number: undefined });
  });
  return groups;
}

/** A number of the same customer at the carrier through which the call is made. */
async function callerOf({ sight: { table }, carrier: given, from, numbersOf }: DrawUp, { rule, number }: Group): Promise<string | undefined> {
  if (from !== undefined) return from;
  const carrier = given ?? rule.carrier;
  const fits = (one: string): boolean => {
    const other = table.number(one);
    return other?.customer === rule.customer && other.carrier === carrier;
  };
  if (number !== undefined && fits(number)) return number;
  return (await numbersOf(rule.customer)).find(fits) ?? table.someNumbers((other) => other.customer === rule.customer && other.carrier === carrier, 1)[0];
}

function skipOf({ table, judge, baseUrl }: Sight, { to, hours }: Destination, { customer, carrier, from }: { customer: string; carrier: string; from: string | undefined }): HeldBack | undefined {
  const record = table.carrier(carrier);
  if (!record) return 'carrier-unknown';
  if (CARRIER_PARTS[record.kind].calls?.(record) !== true) return 'carrier-cannot';
  if (!canBeAsked(baseUrl, record)) return 'not-public';
  if (from === undefined) return 'no-caller';
  const { refusal, number } = judge.verdict(to, judge.allowedFor(from, table.customer(customer)));
  if (refusal) return 'policy';
  if (number !== undefined && table.number(number)) return 'own-number';
  const known = hours === undefined ? undefined : knownHours(hours);
  return hours !== undefined && (!known || isNeverOpen(known)) ? 'never-open' : undefined;
}

const added = (list: readonly string[], one: string): string[] => (list.includes(one) ? [...list] : [...list, one]);

/** In the order of the plans; a destination that stands in several is called once, for all of them. */
export async function drawUp(what: DrawUp): Promise<DrillTest[]> {
  const { sight, scope, owner } = what;
  const { table } = sight;
  const tests = new Map<string, DrillTest>();
  for (const group of groupsOf(table, scope, owner)) {
    const { rule } = group;
    const { chosen, timeZone } = planFor(table, rule);
    if (!chosen || (owner !== undefined && chosen.plan.customer !== owner)) continue;
    const carrier = what.carrier ?? rule.carrier;
    for (const destination of chosen.plan.destinations) {
      const { to, ringSeconds = DEFAULT_RING_SECONDS, hours } = destination;
      const kind = destinationKind(to);
      if ((kind !== 'phone' && kind !== 'sip') || what.wanted?.(chosen.id, to) === false) continue;
      const known = tests.get(to);
      if (known) {
        tests.set(to, { ...known, plans: added(known.plans, chosen.id), primaries: added(known.primaries, rule.primary) });
        continue;
      }
      const from = await callerOf(what, group);
      const skip = skipOf(sight, destination, { customer: rule.customer, carrier, from });
      tests.set(to, {
        to, plans: [chosen.id], customer: rule.customer, primaries: [rule.primary], carrier, timeZone, ringSeconds,
        ...(from === undefined ? {} : { from }), ...(hours === undefined ? {} : { hours }), ...(skip === undefined ? {} : { skip }),
      });
    }
  }
  return [...tests.values()];
}
