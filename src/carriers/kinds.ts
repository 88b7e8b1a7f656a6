/** The kinds of carriers there are, and the parts of each. */
import type { Carrier, CarrierKind } from '../domain/carrier.ts';
import type { FieldIssue } from '../domain/errors.ts';
import type { CarrierAccount, CarrierApi, Routing } from './api.ts';
import type { CarrierDialect } from './dialect.ts';
import type { PlainApi } from './plain-api.ts';
import type { CarrierRouting } from './routing.ts';
import { bandwidthDialect } from './bandwidth/dialect.ts';
import { plainBandwidth } from './bandwidth/requests.ts';
import { bandwidthRouting } from './bandwidth/routing.ts';
import * as bandwidthWiring from './bandwidth/wiring.ts';
import { plainFlowroute } from './flowroute/requests.ts';
import { flowrouteRouting } from './flowroute/routing.ts';
import { checkHttpCarrier } from './http/check.ts';
import { plainHttp } from './http/requests.ts';
import { httpRouting } from './http/routing.ts';
import { plivoDialect } from './plivo/dialect.ts';
import { plainPlivo } from './plivo/requests.ts';
import { plivoRouting } from './plivo/routing.ts';
import * as plivoWiring from './plivo/wiring.ts';
import { signalwireDialect } from './signalwire/dialect.ts';
import { plainSignalwire } from './signalwire/requests.ts';
import { signalwireRouting } from './signalwire/routing.ts';
import * as signalwireWiring from './signalwire/wiring.ts';
import { telnyxDialect } from './telnyx/dialect.ts';
import { plainTelnyx } from './telnyx/requests.ts';
import { telnyxRouting } from './telnyx/routing.ts';
import * as telnyxWiring from './telnyx/wiring.ts';
import { twilioDialect } from './twilio/dialect.ts';
import { plainTwilio } from './twilio/requests.ts';
import { twilioRouting } from './twilio/routing.ts';
import * as twilioWiring from './twilio/wiring.ts';
import { plainVoipms } from './voipms/requests.ts';
import { voipmsRouting } from './voipms/routing.ts';
import { vonageDialect } from './vonage/dialect.ts';
import { plainVonage } from './vonage/requests.ts';
import { vonageRouting } from './vonage/routing.ts';
import * as vonageWiring from './vonage/wiring.ts';
import type { Rewiring, WantedWiring, WiringOptions, WiringSite } from './wiring.ts';

export interface CarrierParts {
  /** Undefined for carriers that ask nobody where a call is to go. */
  dialect: CarrierDialect | undefined;
  /** Whether its API can be told to call somebody by this account: its `CarrierApi` then has `placeCall`, `placedCall` and `endCall`. Missing where none can. */
  calls?(carrier: Carrier): boolean;
  /** Loads the carrier's SDK when it is first needed: a process that only answers calls never does. */
  openApi(account: CarrierAccount): Promise<CarrierApi>;
  /** Its writes as plain requests, by this account. */
  plain(account: CarrierAccount): PlainApi;
  /** For kinds whose accounts are each described in their own record, by that record: ask `routingOf`. */
  routing: CarrierRouting | ((carrier: Carrier) => CarrierRouting);
  /** How numbers are set so that their calls come to us; undefined with `dialect`. */
  wiring: { wantedWiring(site: WiringSite): WantedWiring; wiringChanges(actual: Routing, wanted: Routing, options?: WiringOptions): Rewiring } | undefined;
  /** What its API can be asked to take, where the account's record says nothing else: far below what the carrier names, where it names one. */
  limits: { writesPerSecond: number; atOnce: number };
  /** What its record must keep beyond its schema, for kinds whose records describe something; with JSON pointers into it. */
  check?(carrier: Carrier): readonly FieldIssue[];
}

export const CARRIER_PARTS: Readonly<Record<CarrierKind, CarrierParts>> = {
  bandwidth: {
    dialect: bandwidthDialect,
    calls: ({ credentials: { applicationId, webhookPassword } }) => applicationId !== undefined && webhookPassword !== undefined,
    openApi: async (account) => (await import('./bandwidth/api.ts')).createBandwidthApi(account),
    plain: plainBandwidth,
    routing: bandwidthRouting,
    wiring: bandwidthWiring,
    // No figure is published.
    limits: { writesPerSecond: 2, atOnce: 3 },
  },
  flowroute: {
    dialect: undefined,
    openApi: async (account) => (await import('./flowroute/api.ts')).createFlowrouteApi(account),
    plain: plainFlowroute,
    routing: flowrouteRouting,
    wiring: undefined,
    // No figure is published.
    limits: { writesPerSecond: 5, atOnce: 3 },
  },
  http: {
    dialect: undefined,
    openApi: async (account) => (await import('./http/api.ts')).createHttpApi(account),
    plain: plainHttp,
    routing: ({ api }) => httpRouting(api),
    wiring: undefined,
    limits: { writesPerSecond: 1, atOnce: 1 },
    check: checkHttpCarrier,
  },
  plivo: {
    dialect: plivoDialect,
    calls: () => true,
    openApi: async (account) => (await import('./plivo/api.ts')).createPlivoApi(account),
    plain: plainPlivo,
    routing: plivoRouting,
    wiring: plivoWiring,
    // 300 requests in 5 seconds are allowed, and a write may take some.
    limits: { writesPerSecond: 8, atOnce: 4 },
  },
  signalwire: {
    dialect: signalwireDialect,
    calls: () => true,
    openApi: async (account) => (await import('./signalwire/api.ts')).createSignalwireApi(account),
    plain: plainSignalwire,
    routing: signalwireRouting,
    wiring: signalwireWiring,
    // 13,800 writes in 10 seconds are allowed.
    limits: { writesPerSecond: 20, atOnce: 5 },
  },
  telnyx: {
    dialect: telnyxDialect,
    calls: () => true,
    openApi: async (account) => (await import('./telnyx/api.ts')).createTelnyxApi(account),
    plain: plainTelnyx,
    routing: telnyxRouting,
    wiring: telnyxWiring,
    // No figure is published.
    limits: { writesPerSecond: 5, atOnce: 5 },
  },
  twilio: {
    dialect: twilioDialect,
    calls: () => true,
    openApi: async (account) => (await import('./twilio/api.ts')).createTwilioApi(account),
    plain: plainTwilio,
    routing: twilioRouting,
    wiring: twilioWiring,
    limits: { writesPerSecond: 10, atOnce: 5 },
  },
  voipms: {
    dialect: undefined,
    openApi: async (account) => (await import('./voipms/api.ts')).createVoipmsApi(account),
    plain: plainVoipms,
    routing: voipmsRouting,
    wiring: undefined,
    // No figure is published, and a write may take four requests.
    limits: { writesPerSecond: 2, atOnce: 2 },
  },
  vonage: {
    dialect: vonageDialect,
    calls: ({ credentials: { applicationId, privateKey, signatureSecret } }) => applicationId !== undefined && privateKey !== undefined && signatureSecret !== undefined,
    openApi: async (account) => (await import('./vonage/api.ts')).createVonageApi(account),
    plain: plainVonage,
    routing: vonageRouting,
    wiring: vonageWiring,
    // 15 requests a second of other APIs; of this one no figure is published.
    limits: { writesPerSecond: 3, atOnce: 3 },
  },
};

/** How the fields of this account's numbers say where calls go. */
export function routingOf(carrier: Carrier): CarrierRouting {
  const { routing } = CARRIER_PARTS[carrier.kind];
  return typeof routing === 'function' ? routing(carrier) : routing;
}
