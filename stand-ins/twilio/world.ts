/** What every part of the stand-in Twilio shares: the account, the simulated world, and time. */
import type { Clock, Random, Timers } from '../outside.ts';
import type { Origins } from '../exchange.ts';
import type { ApplicationBook } from './applications.ts';
import type { NumberBook } from './numbers.ts';
import type { Phones } from './phones.ts';
import type { SignedPort } from './signature.ts';
import type { Transcript, WebhookRecord } from './transcript.ts';

/** Sends a webhook, now; may be called later, or more than once. */
export type Send = () => Promise<WebhookRecord>;

/**
 * Stands between the carrier and the application: may drop a webhook (return nothing), double it, or delay it.
 * For a webhook whose answer is followed, what is returned is what the call goes on with; nothing counts as no answer.
 */
export type Deliver = (webhook: Pick<WebhookRecord, 'kind' | 'callSid' | 'url' | 'params'>, send: Send) => Promise<WebhookRecord | void>;

export interface World {
  accountSid: string;
  /** Read afresh for each webhook, so that a test can rotate it. */
  authToken(): string;
  timers: Timers;
  clock: Clock;
  random: Random;
  /** Simulated seconds pass this many times as fast as real ones. */
  timeScale: number;
  origins: Origins;
  signedPort: SignedPort;
  numbers: NumberBook;
  phones: Phones;
  /** Numbers that may be shown as caller ID besides those held. */
  verifiedCallerIds: ReadonlySet<string>;
  /** Where a SIP host really listens, by `host` or `host:port`; others are taken as they are. */
  sipHosts: ReadonlyMap<string, { host: string; port: number }>;
  applications: ApplicationBook;
  /** A call from the telephone network to a number that this account holds. */
  arrive(call: Arrival): Promise<Transcript>;
}

/** A call that reaches a held number. */
export interface Arrival {
  from: string;
  to: string;
  /** It came over SIP: From and To are SIP URIs then, and may not be shown as caller ID. */
  overSip?: boolean;
  /** The number that forwarded the call here, where the network says so. */
  forwardedFrom?: string;
  /** X- headers of the arriving INVITE; only with `overSip`. */
  sipHeaders?: Readonly<Record<string, string>>;
  /** Simulated milliseconds after which the caller gives up; default never. */
  hangUpAfterMs?: number;
  /** Further parameters of every webhook of the call: the carrier adds new ones without notice. */
  extraParams?: Readonly<Record<string, string>>;
  /** Keys that the caller presses, one string a Gather. */
  dtmf?: readonly string[];
  /** What the caller does when asked to leave a message; default 5 seconds, then hangs up. 0 seconds: stays silent. */
  message?: { seconds: number; ends: 'hangs-up' | 'presses-key' | 'falls-silent' };
  deliver?: Deliver;
  /** Aborted when the caller's end is taken away from outside. */
  gone?: AbortSignal;
  /** Told when the caller is connected to somebody or something. */
  onPickedUp?: () => void;
  /** How many times this call has already been forwarded. */
  hops?: number;
}

/** Simulated seconds as real milliseconds. */
export function realMs(world: World, seconds: number): number {
  return (seconds * 1000) / world.timeScale;
}

/** Real milliseconds as whole simulated seconds, at least 1 as carriers round up. */
export function billedSeconds(world: World, ms: number): number {
  return Math.max(1, Math.ceil((ms * world.timeScale) / 1000));
}

export function newSid(random: Random, prefix: string): string {
  return `${prefix}${random.bytes(16).toString('hex')}`;
}
