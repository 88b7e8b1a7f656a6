/**
 * Connection overrides in a webhook URL's fragment, `#ct=1500&rt=3000&rc=1&rp=ct,rt,5xx`
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides). The fragment is neither sent nor signed.
 */

export type RetryOn = '4xx' | '5xx' | 'ct' | 'rt' | 'all';

export interface Overrides {
  /** Time to connect, ms. */
  ct: number;
  /** Time to the whole answer after the request is sent, ms. */
  rt: number;
  /** All tries together, ms. */
  tt: number;
  /** Tries after the first. */
  rc: number;
  rp: readonly RetryOn[];
}

export const DEFAULT_OVERRIDES: Overrides = { ct: 5000, rt: 15_000, tt: 15_000, rc: 1, rp: ['ct'] };

const LIMITS = { ct: [100, 10_000], rt: [100, 15_000], tt: [100, 15_000], rc: [0, 5] } as const;
const RETRY_ON: readonly string[] = ['4xx', '5xx', 'ct', 'rt', 'all'];
/** Known, and without effect here: edge locations and server name indication. */
const WITHOUT_EFFECT: readonly string[] = ['e', 'sni'];

export interface SplitUrl {
  /** The URL without its fragment. */
  url: string;
  overrides: Overrides;
  /** What is wrong with the fragment; such overrides are ignored. */
  problems: readonly string[];
}

export function splitOverrides(given: string): SplitUrl {
  const at = given.indexOf('#');
  if (at < 0) return { url: given, overrides: DEFAULT_OVERRIDES, problems: [] };
  const overrides = { ...DEFAULT_OVERRIDES };
  const problems: string[] = [];
  for (const [name, value] of new URLSearchParams(given.slice(at + 1))) {
    const limits = name in LIMITS ? LIMITS[name as keyof typeof LIMITS] : undefined;
    if (limits) {
      if (/^\d+$/.test(value) && Number(value) >= limits[0] && Number(value) <= limits[1]) overrides[name as keyof typeof LIMITS] = Number(value);
      else problems.push(`${name}=${value} is not within ${limits[0]} to ${limits[1]}`);
    } else if (name === 'rp') {
      const policy = value.split(',');
      if (policy.every((word) => RETRY_ON.includes(word))) overrides.rp = policy as RetryOn[];
      else problems.push(`11243 rp=${value} is not a retry policy`);
    } else if (!WITHOUT_EFFECT.includes(name)) {
      problems.push(`${name} is not a connection override`);
    }
  }
  return { url: given.slice(0, at), overrides, problems };
}
