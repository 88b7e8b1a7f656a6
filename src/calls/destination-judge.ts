/**
 * The destination policy for calls: each destination judged once for each set of allowed countries, and then remembered
 * until another policy is in force, so that a call's answer costs a look-up.
 */
import { judgeDestination } from '../../rules/destination-policy.ts';
import { numberOf } from '../../rules/dialled-number.ts';
import type { Customer } from '../domain/customer.ts';
import type { DestinationPolicy, Refusal } from '../domain/destination-policy.ts';
import { numberFacts } from '../domain/phone-number.ts';

export interface Verdict {
  refusal: Refusal | undefined;
  /** The telephone number that it leads to, E.164; undefined when there is none. */
  number: string | undefined;
}

export interface DestinationJudge {
  readonly policy: DestinationPolicy;
  /** The countries that calls to this number may be sent to: its customer's list, else its own. */
  allowedFor(number: string, customer: Pick<Customer, 'allowedCountries'> | undefined): readonly string[];
  verdict(to: string, allowed: readonly string[]): Verdict;
  /** Another policy is in force: nothing that was remembered holds. */
  forget(): void;
}

/** Countries or verdicts that are remembered at most, some hundred bytes each; then all are judged anew. */
const REMEMBERED = 100_000;
/** Within ten thousand neighbouring numbers of the same length the country does not change; shorter numbers are asked for one by one. */
const NEIGHBOURS = 4;
const LONG = 11;

/** The countries of numbers that are valid, as sets of one; the same set for the same country. */
function createCountries() {
  const sets = new Map<string, readonly string[]>();
  const known = new Map<string, readonly string[]>();
  return (number: string): readonly string[] => {
    const block = number.length > LONG ? `${number.slice(0, -NEIGHBOURS)}/${number.length}` : number;
    let countries = known.get(block);
    if (countries === undefined) {
      const country = numberFacts(number)?.country ?? '';
      countries = sets.get(country) ?? (country === '' ? [] : [country]);
      sets.set(country, countries);
      if (known.size >= REMEMBERED) known.clear();
      known.set(block, countries);
    }
    return countries;
  };
}

export function createDestinationJudge(policyNow: () => DestinationPolicy): DestinationJudge {
  const countryOf = createCountries();
  let policy = policyNow();
  let size = 0;
  const byCountries = new Map<string, Map<string, Verdict>>();
  /** Which of them a list belongs to, so that no text is made of it for each call. */
  let byList = new WeakMap<readonly string[], Map<string, Verdict>>();

  function forget(): void {
    policy = policyNow();
    size = 0;
    byCountries.clear();
    byList = new WeakMap();
  }

  function rememberedFor(allowed: readonly string[]): Map<string, Verdict> {
    const quick = byList.get(allowed);
    if (quick) return quick;
    const key = allowed.join(' ');
    const verdicts = byCountries.get(key) ?? new Map<string, Verdict>();
    byCountries.set(key, verdicts);
    byList.set(allowed, verdicts);
    return verdicts;
  }

  return {
    get policy() {
      return policy;
    },
    allowedFor: (number, customer) => customer?.allowedCountries ?? countryOf(number),
    verdict(to, allowed) {
      const known = rememberedFor(allowed).get(to);
      if (known) return known;
      if (size >= REMEMBERED) forget();
      const verdict = { refusal: judgeDestination(to, allowed, policy), number: numberOf(to) };
      rememberedFor(allowed).set(to, verdict);
      size += 1;
      return verdict;
    },
    forget,
  };
}
