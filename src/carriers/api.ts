/** A carrier's API for the routing of numbers: what each carrier's client offers, and what differs between two routings. */

/** The carrier's own fields by name; what is not set is the empty string, however the carrier writes that. */
export type Routing = Readonly<Record<string, string>>;

export interface RoutedNumber {
  /** The number's own id at the carrier. */
  ref: string;
  routing: Routing;
}

export interface CarrierAccount {
  /** Credentials in clear, under the names of the carrier's record. */
  credentials: Readonly<{ accountSid: string; authToken: string }>;
  /** Instead of the carrier's own API address. */
  baseUrl?: string | undefined;
  /** For one request, connecting included; default 5000. */
  timeoutMs?: number | undefined;
}

/** Every failure is a Failure of the catalogue: carrier_refused, _throttled, _unavailable, _number_unknown. */
export interface CarrierApi {
  findNumber(e164: string): Promise<RoutedNumber | undefined>;
  /** With `number` given, a ref that leads to another one is refused as `carrier_number_unknown`. */
  readRouting(ref: string, number?: string): Promise<Routing>;
  /** Sets these fields and leaves the others alone; resolves with the routing as read back, once it is what was asked for. */
  wire(ref: string, fields: Routing): Promise<Routing>;
  close(): void;
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
