/** A carrier's API for the routing of numbers: what each carrier's client offers, and what differs between two routings. */

import type { HttpApi } from '../domain/http-api.ts';

/** The carrier's own fields by name; what is not set is the empty string, however the carrier writes that. */
export type Routing = Readonly<Record<string, string>>;

export interface RoutedNumber {
  /** The number's own id at the carrier. */
  ref: string;
  routing: Routing;
}

/** As an account lists it. */
export interface HeldNumber extends RoutedNumber {
  /** E.164. */
  number: string;
}

/** Sends a request that reads: when, and once more when it failed, is the caller's to say. */
export type Send = <T>(request: () => Promise<T>) => Promise<T>;

export interface CarrierAccount {
  /** Credentials in clear, under the names of the carrier's record. */
  credentials: Readonly<Record<string, string>>;
  /** Instead of the carrier's own API address. */
  baseUrl?: string | undefined;
  /** For one request, connecting included; default 5000. */
  timeoutMs?: number | undefined;
  /** The description of its API, for kinds that have one in their record. */
  api?: HttpApi | undefined;
  /** Milliseconds since 1970, for requests with a time in them. */
  now?: (() => number) | undefined;
}

/** What became of an order: carried out, not yet, or not at all and why (without telephone numbers). */
export type OrderState = { is: 'done' } | { is: 'working' } | { is: 'failed'; why: string };

/**
 * Every failure is a Failure of the catalogue: `carrier_refused` (asking again gives the same), `carrier_throttled` (with the wait that the
 * carrier names), `carrier_unavailable` (nothing was done), `carrier_outcome_unknown` (it may have been done: read before anything
 * else) or `carrier_number_unknown`. None carries a secret or a telephone number. A request is sent once: trying again is the caller's.
 */
export interface CarrierApi {
  /** The number as the account holds it; undefined when it does not. */
  findNumber(e164: string): Promise<RoutedNumber | undefined>;
  /**
   * All numbers that the account holds, page after page, each as `findNumber` gives it; what is no telephone number is left out. Every request
   * goes through `send`, so that a list of hours can be paced and survives one that fails. Missing where the carrier cannot list them.
   */
  listNumbers?(send: Send): AsyncIterable<readonly HeldNumber[]>;
  /** What the last answers said of the carrier's own limits, header by header; empty when nothing. */
  saidLimits?(): Readonly<Record<string, string>>;
  /** The routing of a number, or of what many share (a trunk, an application), by its id. With `number` given, a ref that leads to another one is refused as `carrier_number_unknown`. */
  readRouting(ref: string, number?: string): Promise<Routing>;
  /** Every number (E.164) whose calls a trunk or an application has now, also such as nobody here knows, page after page through `send`. Where the carrier has such. */
  members?(group: string, send: Send): Promise<readonly string[]>;
  /** Sets these fields, leaves the others alone and reads nothing back. Where the carrier carries out later, the id of its order. */
  setRouting(ref: string, fields: Routing): Promise<{ order?: string }>;
  /** Of an order that setRouting gave. */
  orderState?(order: string): Promise<OrderState>;
  /** Where routings name things of ours by what they mean, and the carrier by an id: all that are there now, the id by the meaning (src/carriers/plain-api.ts). */
  objects?(): Promise<ReadonlyMap<string, string>>;
  /** Sends a text message between two numbers (E.164), for carriers that can. Sent again after an outcome that is unknown, it may arrive twice. */
  sendText?(message: { from: string; to: string; text: string }): Promise<void>;
  /**
   * Calls a destination; who picks up hears what `answerUrl` gives, and `statusUrl` is told how the call fares. Called once: after `carrier_outcome_unknown`
   * it may ring all the same. Missing where the carrier cannot be told to call.
   */
  placeCall?(call: CallToPlace): Promise<{ ref: string }>;
  /** How a call that was placed fares; undefined when the carrier does not know it. */
  placedCall?(ref: string): Promise<PlacedCallState | undefined>;
  /** Ends one that was placed, whether it rings or is answered; one that has ended stays as it is. */
  endCall?(ref: string): Promise<void>;
  close(): void;
}

/** Of carriers that can be told to call. */
export type PlacedCalls = Required<Pick<CarrierApi, 'placeCall' | 'placedCall' | 'endCall'>>;

export interface CallToPlace {
  /** E.164 or SIP URI. */
  to: string;
  /** A number that the account holds, E.164. */
  from: string;
  answerUrl: string;
  statusUrl: string;
  /** How long it rings, seconds. */
  ringSeconds: number;
  /** It is ended after so long, seconds, answered or not. */
  limitSeconds: number;
}

/** `ended`: the carrier's own word, as its status callbacks have it. */
export type PlacedCallState = { is: 'going-on' } | { is: 'ended'; status: string };

/** Without what is not the number's own (`follows` of src/carriers/routing.ts): others may change that as they like. */
export function ownRouting(routing: Routing, follows: readonly string[] = []): Routing {
  return Object.fromEntries(Object.entries(routing).filter(([field]) => !follows.includes(field)));
}

export interface RoutingChange {
  field: string;
  from: string;
  to: string;
}

/** Names of HTTP methods are compared without case; everything else to the letter. */
function same(field: string, left: string, right: string): boolean {
  return left === right || (field.endsWith('Method') && left.toUpperCase() === right.toUpperCase());
}

/** What must be written so that `actual` has all the fields of `wanted`. */
export function routingChanges(actual: Routing, wanted: Routing): RoutingChange[] {
  return Object.entries(wanted)
    .map(([field, to]) => ({ field, from: actual[field] ?? '', to }))
    .filter(({ field, from, to }) => !same(field, from, to));
}
