/**
 * A carrier's dialect of per-call webhooks: how its requests are proved genuine and read, and how our answers
 * are written. One folder a carrier implements it; src/calls knows nothing else of a carrier.
 */
import type { LegResult } from '../domain/leg.ts';
import type { DialStep, VoicemailStep } from '../domain/step.ts';

export interface WebhookRequest {
  method: string;
  /** Path and query exactly as received; it is part of what is signed. */
  target: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** A webhook's parameters in the order they came, those of the body before those of the query; a name may come more than once. */
export type Params = ReadonlyMap<string, readonly string[]>;

export type Verdict = 'genuine' | 'unsigned' | 'forged';

/** What a signature is checked against. Hand in the same object again: what is prepared from it is kept with it. */
export interface SigningKeys {
  /** Public origins this service is reached at, e.g. `https://calls.example.net`, without a trailing slash. */
  origins: readonly string[];
  /** The current secret, then the next one while it is being rotated. */
  secrets: readonly string[];
}

export interface ArrivingCall {
  /** The carrier's id of the call: letters, digits, `-` and `_`, at most 64; empty when it is missing or unreadable. */
  ref: string;
  /** The called number in E.164, undefined when the request names none that can be read. */
  number: string | undefined;
  /** The caller as given: E.164, a SIP user, or a word such as `anonymous`; empty when missing. */
  from: string;
  /** Reached the carrier over SIP (trunk or SIP domain) and not from the telephone network. */
  overSip: boolean;
  /** Numbers (E.164) that forwarded the call before it came here: ForwardedFrom, Diversion; newest first. */
  forwardedBy: readonly string[];
  /** Our own mark, when the call carries it: it has been through us before. */
  mark: string | undefined;
  /** The carrier says that an address of ours failed and it asks here instead. */
  afterOurFailure: boolean;
  /** Which one, where it says so. */
  failedUrl: string | undefined;
  /** The caller is connected already: to a person, or to our own words. */
  connected: boolean;
}

export interface ClosingReport {
  ref: string;
  /** The carrier's own word, e.g. `completed`. */
  status: string;
  /** False while the call still goes on. */
  final: boolean;
  /** The call was answered at some point: by a person, a voicemail or an announcement. */
  connected: boolean;
  seconds: number | undefined;
}

export interface VoicemailReport {
  ref: string;
  recording: string;
  url: string | undefined;
  seconds: number;
}

/** Of a call that we placed. */
export type PlacedReport = Pick<ClosingReport, 'ref' | 'status' | 'final'>;

/** What the caller (or, for `screen`, `ask` and `connect`, who was called) gets next. Addresses are absolute or begin with `/`. */
export type Answer =
  | { do: 'dial'; step: DialStep; callerId: string | undefined; mark: string; afterUrl: string; screenUrl: string | undefined }
  | { do: 'voicemail'; step: VoicemailStep; language: string; doneUrl: string; recordedUrl: string }
  | { do: 'announce'; say: string; language: string }
  | { do: 'screen'; say: string; language: string; failOpen: boolean; pressedUrl: string }
  /** Asks whom we called for nothing else to press a key; who presses none is hung up on. */
  | { do: 'ask'; say: string; language: string; pressedUrl: string }
  | { do: 'connect' }
  /** Refused as busy, before it is answered. */
  | { do: 'reject' }
  /** `refused`: of who was called and did not take it, while the caller goes on to the next step. */
  | { do: 'hangup'; refused?: true };

export interface Rendered {
  contentType: string;
  body: string;
}

/** What is being answered, for carriers whose answers must hold more than what happens next. */
export interface Asked extends Pick<ArrivingCall, 'number' | 'from'> {
  /** Of ours, the one at which this carrier reaches us now. */
  origin: string;
  /** For carriers that are told in the document with what to prove themselves. */
  keys?: SigningKeys;
}

export interface CarrierDialect {
  /** `params` is what `parse` made of this request; all that is in it is covered by the signature, save the query where a carrier signs no address. `now` (milliseconds since 1970) is for signatures with a time in them. */
  verify(request: WebhookRequest, params: Params, keys: SigningKeys, now: number): Verdict;
  /** The same for a genuine webhook that is sent again, and for no other. */
  fingerprint(request: WebhookRequest): string;
  /** Parameters of query and form body; what cannot be parsed is absent, never an exception. */
  parse(request: WebhookRequest): Params;
  arriving(params: Params): ArrivingCall;
  /** For carriers that tell all that a leg goes through at the address of what follows it: it goes on still, and nothing follows. */
  legGoesOn?(params: Params): boolean;
  /** Result of the leg that has just ended. */
  leg(params: Params): LegResult;
  closing(params: Params): ClosingReport;
  /** How a call fares that we placed, for carriers that tell it in other words than how one came to us ended. */
  placed?(params: Params): PlacedReport;
  voicemail(params: Params): VoicemailReport | undefined;
  /** The key that was pressed when asked, if any. */
  pressed(params: Params): string | undefined;
  render(answer: Answer, asked: Asked): Rendered;
}
