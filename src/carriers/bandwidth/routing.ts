/** What two options of a number at Bandwidth say: where all its calls go, and where they go when they cannot be delivered. */
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting, Target } from '../routing.ts';

export const OPTION_FIELDS = ['CallForward', 'FinalDestinationURI'] as const;

/** Bandwidth writes numbers with ten digits and without a country. */
export const TEN_DIGITS = /^\+1([2-9][0-9]{9})$/;
/** `address-string@host IP:port` without `sip:`, of letters and digits; the host an IPv4 address, the port optional; less than 60 characters (numbers_v2.yml, TnOptionGroup). */
const FINAL_SIP = /^sip:([A-Za-z0-9]+@[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?)$/i;
const MAX_FINAL = 59;

/** Undefined for a target that no option of Bandwidth's can be. */
function optionFor(target: Target): string | undefined {
  if (target.kind === 'phone') return TEN_DIGITS.exec(target.number)?.[1];
  const address = target.kind === 'sip' ? FINAL_SIP.exec(target.uri)?.[1] : undefined;
  return address !== undefined && address.length <= MAX_FINAL ? address : undefined;
}

export const bandwidthRouting: CarrierRouting = {
  abilities: {
    perCall: true,
    number: ['phone'],
    group: undefined,
    safetyNet: ['phone', 'sip'],
    safetyNetCatches: 'When a call cannot be delivered to the hosts of its location; for numbers on SIP voice alone, and never when the PBX is busy or silent.',
    most: 1,
  },
  knows: (number) => TEN_DIGITS.test(number),
  leadsTo: ({ CallForward }) => (CallForward ? { kind: 'phone', to: `+1${CallForward}` } : undefined),
  takes: (target) => optionFor(target) !== undefined,
  groupOf: () => undefined,
  divertedTo(_unit, _original, [target]) {
    const number = target.kind === 'phone' ? optionFor(target) : undefined;
    return number === undefined ? {} : { CallForward: number };
  },
  armed: (_unit, _original, target) => ({ FinalDestinationURI: (target && optionFor(target)) ?? '' }),
  /** One order for both options. */
  writes(actual, wanted) {
    const fields: Routing = Object.fromEntries(routingChanges(actual, wanted).map(({ field, to }) => [field, to]));
    return Object.keys(fields).length === 0 ? [] : [fields];
  },
};
