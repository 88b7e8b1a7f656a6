/**
 * What later webhooks of a call must know and Vonage does not say there, in the query of our own addresses: an event of a leg names
 * that leg's parties, not those of the call.
 */
import type { Asked } from '../dialect.ts';

export const CALLED = 'called';
export const CALLER = 'caller';

export function placed(path: string, { origin, number, from }: Asked): string {
  const absolute = /^https?:\/\//.test(path) ? path : origin + path;
  const own = new URLSearchParams({ ...(number === undefined ? {} : { [CALLED]: number }), ...(from === '' ? {} : { [CALLER]: from }) }).toString();
  return own === '' ? absolute : `${absolute}${absolute.includes('?') ? '&' : '?'}${own}`;
}
