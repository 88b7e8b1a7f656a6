/** The kinds of carriers there are, and the parts of each. */
import type { CarrierKind } from '../domain/carrier.ts';
import type { CarrierAccount, CarrierApi, Routing } from './api.ts';
import type { CarrierDialect } from './dialect.ts';
import { twilioDialect } from './twilio/dialect.ts';
import { wantedWiring, wiringChanges } from './twilio/wiring.ts';
import type { Rewiring, WantedWiring, WiringOptions, WiringSite } from './wiring.ts';

export interface CarrierParts {
  dialect: CarrierDialect;
  /** Loads the carrier's SDK when it is first needed: a process that only answers calls never does. */
  openApi(account: CarrierAccount): Promise<CarrierApi>;
  wantedWiring(site: WiringSite): WantedWiring;
  wiringChanges(actual: Routing, wanted: Routing, options?: WiringOptions): Rewiring;
}

export const CARRIER_PARTS: Readonly<Record<CarrierKind, CarrierParts>> = {
  twilio: {
    dialect: twilioDialect,
    openApi: async (account) => (await import('./twilio/api.ts')).createTwilioApi(account),
    wantedWiring,
    wiringChanges,
  },
};
