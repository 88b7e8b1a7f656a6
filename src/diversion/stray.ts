/**
 * A stray: a number whose calls are led elsewhere at its carrier though nothing here diverts it. Left over from a diversion by hand, or one whose
 * record was lost, or set by somebody in the carrier's portal. Pure; and only ever told, never put right by itself.
 */
import type { Lead } from '../carriers/routing.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Route } from '../domain/route.ts';

export interface StrayFacts {
  /** Where its routing leads its calls now. */
  lead: Lead | undefined;
  /** Its record here, if it is this carrier's. */
  rule: Pick<NumberRecord, 'divertBy'> | undefined;
  /** What is known of its routing. */
  route: Route | undefined;
  /** It should be diverted now: whatever is there is being seen to. */
  diverted: boolean;
  /** Where its plan leads: the SIP addresses in it, and the documents with which a carrier is sent there by hand. */
  destinations: readonly string[];
  /** Where its primary takes it. */
  primary: string | undefined;
  /** The address of ours to which numbers are led while they are diverted. */
  ownAddress: string;
}

/** Set by us, or told as a conflict already. */
const isOurs = ({ divert, order, is }: Route): boolean => divert !== undefined || order !== undefined || is === 'conflict';

export function isStray({ lead, rule, route, diverted, destinations, primary, ownAddress }: StrayFacts): boolean {
  if (!lead || diverted || (route && isOurs(route))) return false;
  switch (lead.kind) {
    case 'phone':
      return true;
    // SIP addresses and documents are how numbers are served every day: only where a diversion would lead is a stray.
    case 'sip':
      return lead.to !== primary && destinations.includes(lead.to);
    case 'web':
      return destinations.includes(lead.to) || ((rule?.divertBy ?? 'call') !== 'call' && lead.to === ownAddress);
  }
}
