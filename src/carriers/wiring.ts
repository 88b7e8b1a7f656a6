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
