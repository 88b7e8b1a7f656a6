/** The form parameters of a voice webhook, as many and as odd as the real ones. */
import type { Random } from '../outside.ts';
import type { Arrival } from './world.ts';

/** Invented places, by country calling code; what is not listed is sent with empty strings, as Twilio does. */
const PLACES: readonly (readonly [prefix: string, city: string, state: string, zip: string, country: string])[] = [
  ['+1', 'OAKLAND', 'CA', '94612', 'US'], ['+44', '', 'London', '', 'GB'], ['+353', '', '', '', 'IE'], ['+49', '', '', '', 'DE'], ['+33', '', '', '', 'FR'],
];

function place(number: string): { City: string; State: string; Zip: string; Country: string } {
  const [, City = '', State = '', Zip = '', Country = ''] = PLACES.find(([prefix]) => number.startsWith(prefix)) ?? [];
  return { City, State, Zip, Country };
}

function geography(name: string, number: string): Record<string, string> {
  return Object.fromEntries(Object.entries(place(number)).map(([part, value]) => [`${name}${part}`, value]));
}

/** Those of one leg that stay the same over its life; CallStatus is added with each request. */
export function legParameters(leg: { accountSid: string; callSid: string; from: string; to: string; direction: 'inbound' | 'outbound-dial' | 'outbound-api' }): Record<string, string> {
  const { from, to } = leg;
  return {
    AccountSid: leg.accountSid, ApiVersion: '2010-04-01', CallSid: leg.callSid, Direction: leg.direction,
    From: from, Caller: from, To: to, Called: to,
    ...geography('From', from), ...geography('Caller', from), ...geography('To', to), ...geography('Called', to),
  };
}

/** Those that only an arriving call has. */
export function arrivalParameters(arrival: Arrival, random: Random): Record<string, string> {
  const params: Record<string, string> = {};
  if (arrival.overSip) {
    Object.assign(params, { SipDomain: 'stand-in.sip.twilio.com', SipCallId: `${random.bytes(8).toString('hex')}@198.51.100.7`, SipSourceIp: '198.51.100.7' });
    for (const [name, value] of Object.entries(arrival.sipHeaders ?? {})) params[`SipHeader_${name}`] = value;
  } else {
    params['CallToken'] = `{"parentCallInfoToken":"${random.bytes(48).toString('base64')}","identityHeaderTokens":[]}`;
    params['StirVerstat'] = 'TN-Validation-Passed-A';
  }
  if (arrival.forwardedFrom !== undefined) params['ForwardedFrom'] = arrival.forwardedFrom;
  return { ...params, ...arrival.extraParams };
}

/** RFC 2822 in UTC, e.g. `Sat, 21 Nov 2026 10:00:00 +0000`. */
export function rfc2822(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
