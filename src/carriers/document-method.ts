/** How a document that a carrier is pointed at is asked for, where nothing in a GET is signed: ours by POST, for it is refused otherwise; at a static host, which others keep, GET alone is answered. */
import { pathOf } from './wiring.ts';

const OURS = /^\/webhooks\/[^/]+\/(?:voice|recovery)$/;

export function documentMethod(url: string): 'GET' | 'POST' {
  return OURS.test(pathOf(url)) ? 'POST' : 'GET';
}
