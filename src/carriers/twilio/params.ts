/**
 * Reads what Twilio says of a call (https://www.twilio.com/docs/voice/twiml, …/twiml/dial, …/twiml/record).
 * Whatever is missing, doubled, too long or binary gives a sensible value; nothing here throws.
 */
import type { ArrivingCall, ClosingReport, Params, VoicemailReport } from '../dialect.ts';
import { diversionNumbers, historyNumbers } from '../diversion-header.ts';
import { MARK_HEADER } from '../mark.ts';
import { callerOf, isSipUri, numberOf } from '../party.ts';

const SID = /^[A-Za-z0-9_-]{1,64}$/;
const MARK = /^[\x21-\x7e]{1,200}$/;
const WORD = /^[a-z-]{1,32}$/;
const KEYS = /^[0-9*#]{1,32}$/;
const WEB_ADDRESS = /^https?:\/\/[\x21-\x7e]{1,2000}$/;
const SIP_HEADER = 'sipheader_';

/** Of a doubled parameter the first counts. */
export function first(params: Params, name: string): string {
  return params.get(name)?.[0] ?? '';
}

/** A status word in lower case, empty when it is none. */
export function word(params: Params, name: string): string {
  const text = first(params, name).slice(0, 64).trim().toLowerCase();
  return WORD.test(text) ? text : '';
}

/** A whole number of at most nine digits, undefined for anything else. */
export function whole(params: Params, name: string): number | undefined {
  const text = first(params, name);
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function sid(params: Params, name: string): string {
  const text = first(params, name);
  return SID.test(text) ? text : '';
}

const NO_HEADERS: ReadonlyMap<string, readonly string[]> = new Map();

/** SIP headers that the call came with, by lower-case name: names of headers have no case (RFC 3261, 7.3.1). */
function sipHeaders(params: Params): ReadonlyMap<string, readonly string[]> {
  let headers: Map<string, readonly string[]> | undefined;
  for (const [name, values] of params) {
    // Most calls come with none, and this looks at every parameter of every call.
    if (name[0] !== 'S' && name[0] !== 's') continue;
    if (name.length > SIP_HEADER.length && name.slice(0, SIP_HEADER.length).toLowerCase() === SIP_HEADER) {
      const header = name.slice(SIP_HEADER.length).toLowerCase();
      headers ??= new Map();
      headers.set(header, [...(headers.get(header) ?? []), ...values]);
    }
  }
  return headers ?? NO_HEADERS;
}

/** Each once, in the order in which they are named. */
function forwarders(forwardedFrom: string | undefined, headers: ReadonlyMap<string, readonly string[]>): string[] {
  const named = [...diversionNumbers(headers.get('diversion') ?? []), ...historyNumbers(headers.get('history-info') ?? [])];
  return [...new Set(forwardedFrom === undefined ? named : [forwardedFrom, ...named])];
}

export function arrivingCall(params: Params): ArrivingCall {
  const to = first(params, 'To') || first(params, 'Called');
  const from = first(params, 'From') || first(params, 'Caller');
  const headers = sipHeaders(params);
  const failedUrl = first(params, 'ErrorUrl');
  const forwardedFrom = numberOf(first(params, 'ForwardedFrom'));
  const mark = headers.get(MARK_HEADER.toLowerCase())?.find((text) => MARK.test(text));
  return {
    ref: sid(params, 'CallSid'),
    number: numberOf(to),
    from: callerOf(from),
    overSip: isSipUri(from) || isSipUri(to) || first(params, 'SipCallId') !== '' || first(params, 'SipDomain') !== '',
    forwardedBy: forwardedFrom === undefined && headers === NO_HEADERS ? [] : forwarders(forwardedFrom, headers),
    mark,
    afterOurFailure: failedUrl !== '' || first(params, 'ErrorCode') !== '',
    failedUrl: WEB_ADDRESS.test(failedUrl) ? failedUrl : undefined,
    connected: word(params, 'CallStatus') === 'in-progress',
  };
}

const FINAL = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);
const CONNECTED = new Set(['completed', 'in-progress']);

export function closingReport(params: Params): ClosingReport {
  const status = word(params, 'CallStatus');
  return {
    ref: sid(params, 'CallSid'),
    status,
    final: FINAL.has(status),
    connected: CONNECTED.has(status),
    seconds: whole(params, 'CallDuration'),
  };
}

/** The recording, from `<Record action>` or its status callback; undefined while there is none or when it failed. */
export function voicemailReport(params: Params): VoicemailReport | undefined {
  const recording = sid(params, 'RecordingSid');
  const status = word(params, 'RecordingStatus');
  if (recording === '' || (status !== '' && status !== 'completed')) return undefined;
  const url = first(params, 'RecordingUrl');
  return {
    ref: sid(params, 'CallSid'),
    recording,
    url: WEB_ADDRESS.test(url) ? url : undefined,
    seconds: whole(params, 'RecordingDuration') ?? 0,
  };
}

/** `<Record>` reports `hangup` in the same place, which is no key. */
export function pressedKeys(params: Params): string | undefined {
  const digits = first(params, 'Digits');
  return KEYS.test(digits) ? digits : undefined;
}
