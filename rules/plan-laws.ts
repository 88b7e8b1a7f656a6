/** The laws of a plan that its schema cannot express, but for which destinations it may have (destination-policy.ts); each breach is told with a JSON pointer into the plan. */
import type { FieldIssue } from '../src/domain/errors.ts';
import { destinationKind, type Destination, type Plan } from '../src/domain/plan.ts';
import { isAlwaysOpen, isTimeZone, parseHours } from './hours.ts';
import { isMistake } from './parse-hours.ts';
import { parseSipAddress } from './sip-address.ts';

function sipFault(uri: string): string | undefined {
  if (/[\s<>"]/.test(uri)) return 'a SIP URI has no spaces, quotes or angle brackets';
  if (uri.includes('?')) return 'a SIP URI with headers (`?…`) is not taken';
  return parseSipAddress(uri) === undefined ? 'not a SIP URI such as `sip:desk@backup.example.net`' : undefined;
}

function phoneFault(to: string, canonical: (text: string) => string | undefined): string | undefined {
  const right = canonical(to);
  if (right === undefined) return 'not a valid telephone number in E.164, nor a SIP URI, `voicemail` or `announcement`';
  return right === to ? undefined : `write the number as ${right}`;
}

function hoursFault(text: string): string | undefined {
  const parsed = parseHours(text);
  return isMistake(parsed) ? `character ${parsed.at + 1}: ${parsed.error}` : undefined;
}

const isTerminal = (destination: Destination): boolean => destination.to === 'voicemail' || destination.to === 'announcement';

/** Never closed: nothing after a voicemail or announcement like this is ever reached. */
function alwaysOpen({ hours }: Destination): boolean {
  if (hours === undefined) return true;
  const parsed = parseHours(hours);
  return !isMistake(parsed) && isAlwaysOpen(parsed.hours);
}

function* faultsOf(destination: Destination, canonical: (text: string) => string | undefined): Generator<readonly [field: string, detail: string]> {
  const kind = destinationKind(destination.to);
  const address = kind === 'phone' ? phoneFault(destination.to, canonical) : kind === 'sip' ? sipFault(destination.to) : undefined;
  if (address !== undefined) yield ['to', address];
  if (isTerminal(destination)) {
    for (const field of ['ringSeconds', 'screen', 'maxCalls'] as const) {
      if (destination[field] !== undefined) yield [field, `has no meaning for ${destination.to}`];
    }
  } else if (destination.say !== undefined) {
    yield ['say', 'only a voicemail or an announcement says something'];
  }
  const hours = destination.hours === undefined ? undefined : hoursFault(destination.hours);
  if (hours !== undefined) yield ['hours', hours];
}

const FIELDS = ['to', 'ringSeconds', 'screen', 'maxCalls', 'hours', 'say'] as const satisfies readonly (keyof Destination)[];

/** Every breach, in the order of the plan's fields. `canonical` gives a valid number's E.164, see src/domain/phone-number.ts. */
export function checkPlan(plan: Plan, canonical: (text: string) => string | undefined): FieldIssue[] {
  const issues: FieldIssue[] = [];
  let ended: string | undefined;
  for (const [index, destination] of plan.destinations.entries()) {
    const at = `/destinations/${index}`;
    for (const [field, detail] of faultsOf(destination, canonical)) issues.push({ at: `${at}/${field}`, detail });
    const before = plan.destinations[index - 1];
    if (before !== undefined && FIELDS.every((field) => before[field] === destination[field])) issues.push({ at, detail: 'the same destination as the one before' });
    if (ended !== undefined) issues.push({ at, detail: `never reached: the ${ended} before it always takes the call` });
    else if (isTerminal(destination) && alwaysOpen(destination)) ended = destination.to;
  }
  if (plan.timeZone !== undefined && !isTimeZone(plan.timeZone)) issues.push({ at: '/timeZone', detail: 'no such IANA time zone' });
  return issues;
}
