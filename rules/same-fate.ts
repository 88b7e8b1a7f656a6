/** Does a destination fall together with a primary? Then it is no backup for it. */
import { destinationKind } from '../src/domain/plan.ts';
import { parseSipAddress } from './sip-address.ts';

/** A SIP address at the primary's own host, or a number of ours whose calls belong to the same primary. */
export function hasSameFate(to: string, primary: { id: string; target: string }, primaryOf: (to: string) => string | undefined): boolean {
  if (destinationKind(to) === 'sip') {
    const host = parseSipAddress(to)?.host;
    if (host !== undefined && host === parseSipAddress(primary.target)?.host) return true;
  }
  return primaryOf(to) === primary.id;
}
