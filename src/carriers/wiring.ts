/** Wiring: what a number must have set at its carrier so that its calls come to us, and fail over when we are gone. */
import type { Routing, RoutingChange } from './api.ts';

export interface WiringSite {
  /** Public origin of this service, without a trailing slash. */
  baseUrl: string;
  /** Another public origin that reaches us by another way; default the same. */
  fallbackBaseUrl?: string | undefined;
  carrierId: string;
  /** What the carrier asks instead of us when we do not answer: a document at another provider. */
  fallbackUrl?: string | undefined;
}

/** The addresses at which a carrier asks us. */
export interface SiteAddresses {
  at(verb: string): string;
  /** The same at our other origin. */
  elsewhere(verb: string): string;
  /** How what the carrier asks instead of us is asked: a document at a static host answers GET alone. */
  fallbackMethod: 'GET' | 'POST';
}

export function addressesOf({ baseUrl, fallbackBaseUrl = baseUrl, carrierId, fallbackUrl }: WiringSite): SiteAddresses {
  const path = `/webhooks/${encodeURIComponent(carrierId)}`;
  return {
    at: (verb) => `${baseUrl}${path}/${verb}`,
    elsewhere: (verb) => `${fallbackBaseUrl}${path}/${verb}`,
    fallbackMethod: fallbackUrl === undefined ? 'POST' : 'GET',
  };
}

/** The path of an address that is set at a carrier, by which ours are known whatever origin they were set with; empty for what is none. */
export function pathOf(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : '';
}

export interface WantedWiring {
  /** Fields of each number. */
  number: Routing;
  /** Fields of a trunk, for those who set it by hand. */
  trunk: Routing;
}

export interface Rewiring {
  changes: readonly RoutingChange[];
  /** What to write to make them: more than what differs, for carriers check fields against each other (Twilio 21405). Empty when nothing differs. */
  fields: Routing;
  /** Sentences for the operator; a number with warnings and no changes is left alone. */
  warnings: readonly string[];
}

export interface WiringOptions {
  /** Also take numbers that a trunk serves now: its calls then come to us instead. */
  takeFromTrunk?: boolean | undefined;
  /** The same for numbers that an application serves. */
  takeFromApplication?: boolean | undefined;
}
