/**
 * May a call be sent to this destination? The verdict on its address alone: a telephone number, or a SIP address whose user
 * may be one. What depends on where it leads (loops) is in plan-loop.ts.
 *
 * A telephone number is admitted only when the numbering plans know it, its kind is not refused, and its country is one
 * of those allowed; so what nobody thought of is refused.
 */
import { POLICY_RULES, type DestinationPolicy, type PolicyRule, type Refusal } from '../src/domain/destination-policy.ts';
import { numberFacts, type NumberFacts } from '../src/domain/phone-number.ts';
import { destinationKind } from '../src/domain/plan.ts';
import { dialStringOf, withoutServiceCode } from './dialled-number.ts';
import { reachesEmergency } from './emergency-number.ts';
import { parseSipAddress } from './sip-address.ts';
import { judgeHost, matchesHost } from './sip-host.ts';

/** Countries that calls may go to (ISO 3166); undefined: not known yet, so that no geographic number is refused for its country. */
export type Allowed = readonly string[] | undefined;

/** Emergency services by name (RFC 5031), also where a SIP host makes a user of it. */
const SOS = /^(?:urn:)?(?:service:)?sos(?:[.:;].*)?$/i;
/** Shorter than any telephone number that is not a short code (ITU-T E.164 leaves it to countries; seven digits is the least that is taken here). */
const SHORT = 6;

const refused = (rule: PolicyRule, reason: string = POLICY_RULES[rule]): Refusal => ({ rule, reason });

const patterns = new Map<string, RegExp>();

/** A pattern of digits in which `x` is any digit, at the beginning of a text or as the whole of it. */
function matches(text: string, pattern: string, whole: boolean): boolean {
  const key = whole ? `${pattern}$` : pattern;
  let expression = patterns.get(key);
  if (expression === undefined) {
    expression = new RegExp(`^${pattern.replace('+', '\\+').replaceAll('x', '\\d')}${whole ? '$' : ''}`);
    patterns.set(key, expression);
  }
  return expression.test(text);
}

function byPrefix(number: string, policy: DestinationPolicy): Refusal | undefined {
  const found = policy.refusedPrefixes.find(({ prefix }) => matches(number, prefix, false));
  return found && refused('prefix', `numbers that begin with ${found.prefix} are refused: ${found.why}`);
}

function byKind({ kind }: NumberFacts, policy: DestinationPolicy): Refusal | undefined {
  return policy.refusedKinds.includes(kind) ? refused('number-kind', `numbers of the kind ${kind} are refused`) : undefined;
}

function byCountry({ country }: NumberFacts, allowed: Allowed): Refusal | undefined {
  if (country === undefined) return refused('country', 'a number of no country');
  if (allowed === undefined || allowed.includes(country)) return undefined;
  return refused('country', `a number of ${country}, and calls may go to ${allowed.length > 6 ? `${allowed.length} other countries` : allowed.join(', ')}`);
}

const onFacts = (facts: NumberFacts, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined => byPrefix(facts.number, policy) ?? byKind(facts, policy) ?? byCountry(facts, allowed);

/** A number with its country code: `+` and digits. */
function judgeInternational(number: string, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined {
  const prefix = byPrefix(number, policy);
  if (prefix) return prefix;
  const facts = numberFacts(number);
  if (facts) return onFacts(facts, allowed, policy);
  return refused(number.length <= SHORT + 1 ? 'short-code' : 'not-a-number');
}

const without = (digits: string, beginnings: readonly string[]): string[] => beginnings.filter((one) => digits.startsWith(one)).map((one) => digits.slice(one.length));

/** What is dialled after an outside line. */
const withLineTaken = (digits: string, { emergency }: DestinationPolicy): string[] => without(digits, emergency.outsideLine);

/** What is dialled after an international prefix, with an outside line before it or not. */
const withPrefixTaken = (digits: string, policy: DestinationPolicy): string[] => [digits, ...withLineTaken(digits, policy)].flatMap((dialled) => without(dialled, policy.internationalPrefixes));

/** What a host may make of digits without `+`: a number of a country that calls may go to, or one that begins with its country code. */
function judgeNational(digits: string, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined {
  const outside = withLineTaken(digits, policy);
  const abroad = withPrefixTaken(digits, policy).filter((rest) => rest.length > SHORT).map((rest) => `+${rest}`);
  for (const number of abroad) {
    const refusal = judgeInternational(number, allowed, policy);
    if (refusal === undefined || refusal.rule !== 'not-a-number') return refusal;
  }
  if (digits.length <= SHORT) return undefined;
  const international = `+${digits}`;
  const readings = [...(allowed ?? []).map((country) => numberFacts(digits, country)), numberFacts(international)].filter((facts) => facts !== undefined);
  const behindLine = outside.flatMap((dialled) => (allowed ?? []).map((country) => numberFacts(dialled, country))).filter((facts) => facts !== undefined);
  const hard = byPrefix(international, policy) ?? [...readings, ...behindLine].map((facts) => byPrefix(facts.number, policy) ?? byKind(facts, policy)).find((refusal) => refusal !== undefined);
  if (hard) return hard;
  if (readings.length === 0) return abroad.length > 0 ? refused('not-a-number') : undefined;
  const byEach = readings.map((facts) => byCountry(facts, allowed));
  return byEach.includes(undefined) ? undefined : byEach[0];
}

/** A short code as it is, or North American and dialled from abroad. */
function isShortCode(digits: string, policy: DestinationPolicy): boolean {
  const listed = (text: string): boolean => policy.shortCodes.some((code) => matches(text, code, true));
  return listed(digits) || withPrefixTaken(digits, policy).some((rest) => rest.startsWith('1') && listed(rest.slice(1)));
}

/** Digits that a SIP host is asked to dial. */
function judgeDialled(dial: string, allowed: Allowed, policy: DestinationPolicy, isAccount: boolean): Refusal | undefined {
  const digits = dial.replace(/[*#]/g, '');
  if (reachesEmergency(isAccount && digits.length > SHORT && !dial.startsWith('+') ? '' : dial, allowed ?? [], policy)) return refused('emergency');
  if (isAccount && !dial.startsWith('+')) return undefined;
  const readings = [digits, ...withoutServiceCode(dial).map((reading) => reading.replace(/[*#]/g, ''))];
  if (readings.some((reading) => isShortCode(reading, policy))) return refused('short-code');
  if (dial.startsWith('+')) return judgeInternational(digits, allowed, policy);
  for (const reading of readings) {
    const refusal = judgeNational(reading, allowed, policy);
    if (refusal) return refusal;
  }
  return undefined;
}

function judgeSip(uri: string, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined {
  const address = parseSipAddress(uri);
  if (address === undefined) return refused('sip-address');
  const { user = '', host, maddr } = address;
  if (SOS.test(user)) return refused('emergency');
  // oxlint-disable-next-line no-control-regex
  if (/[^\x20-\x7e]/.test(user)) return refused('sip-address', 'a user with characters that a host may read in more than one way');
  const dial = dialStringOf(user);
  const isAccount = matchesHost(host, policy.sip.accountHosts);
  const byUser = dial === undefined ? undefined : judgeDialled(dial, allowed, policy, isAccount);
  if (byUser) return byUser;
  if (dial === undefined && user.startsWith('+')) return refused('sip-address', 'a number with letters');
  return judgeHost(host, policy) ?? (maddr === undefined ? undefined : judgeHost(maddr, policy));
}

function judgePhone(to: string, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined {
  if (SOS.test(to)) return refused('emergency');
  const dial = dialStringOf(to);
  if (dial === undefined) return refused('not-a-number');
  if (reachesEmergency(dial, allowed ?? [], policy)) return refused('emergency');
  if (policy.shortCodes.some((code) => matches(dial, code, true))) return refused('short-code');
  if (!dial.startsWith('+')) return refused(dial.length <= SHORT ? 'short-code' : 'not-a-number');
  return judgeInternational(dial, allowed, policy);
}

/** Undefined when nothing speaks against it. Takes some 10 µs for a telephone number: not for each call. */
export function judgeDestination(to: string, allowed: Allowed, policy: DestinationPolicy): Refusal | undefined {
  const kind = destinationKind(to);
  if (kind === 'sip') return judgeSip(to, allowed, policy);
  return kind === 'phone' ? judgePhone(to, allowed, policy) : undefined;
}
