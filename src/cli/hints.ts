/** What to do about a failure, by its code. */

const GET_A_KEY = [
  'the first admin key is shown once, when the service starts for the first time; with it, `ringthrough keys create ID --role viewer` makes more',
  'give a key with `export RINGTHROUGH_KEY=…` or --key',
];

const HINTS: Readonly<Record<string, readonly string[]>> = {
  'no-key': GET_A_KEY,
  unauthenticated: ['the key is unknown or has expired', ...GET_A_KEY],
  throttled_authentication: ['the key is unknown or has expired, and was tried too often', 'wait, and give a good key: that is let in at once'],
  role_insufficient: ['ask an admin for a key with the role, see `ringthrough keys`'],
  provider_only: ['a key of one customer sees that customer alone; this needs a key of the provider'],
  unreachable: ['is the service running? `npm start` starts it; where it is, say with --url or RINGTHROUGH_URL'],
  'not-ringthrough': ['something else answers there; where the service is, say with --url or RINGTHROUGH_URL'],
  store_unavailable: ['Redis does not answer; calls are still answered from memory, changes have to wait'],
  carrier_secret_missing: ["the service, not this command, reads the carrier's secret: set it where the service runs"],
  carrier_throttled: ['wait a little and run it again: what is done stays done'],
  carrier_unavailable: ['run it again later: what is done stays done'],
  public_address_unusable: ['set PUBLIC_BASE_URL where the service runs to the address at which carriers reach it'],
  in_use: ['change or delete first what refers to it'],
};

export function hintsFor(code: string): readonly string[] {
  return HINTS[code] ?? [];
}
