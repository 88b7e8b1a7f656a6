/**
 * Reads what carriers of Twilio's family say of a call (https://www.twilio.com/docs/voice/twiml, …/twiml/dial, …/twiml/record).
 * Whatever is missing, doubled, too long or binary gives a sensible value; nothing here throws.
 */
import type { ArrivingCall, ClosingReport, Params, VoicemailReport } from './dialect.ts';
import { diversionNumbers, historyNumbers } from './diversion-header.ts';
import { markIn, MARK_HEADER } from './mark.ts';
import { address, first, keys, token, whole, word } from './params.ts';
import { callerOf, isSipUri, numberOf } from './party.ts';

const SIP_HEADER = 'sipheader_';

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
  const forwardedFrom = numberOf(first(params, 'ForwardedFrom'));
  return {
    ref: token(params, 'CallSid'),
    number: numberOf(to),
    from: callerOf(from),
    overSip: isSipUri(from) || isSipUri(to) || first(params, 'SipCallId') !== '' || first(params, 'SipDomain') !== '',
    forwardedBy: forwardedFrom === undefined && headers === NO_HEADERS ? [] : forwarders(forwardedFrom, headers),
    mark: markIn(headers.get(MARK_HEADER.toLowerCase()) ?? []),
    afterOurFailure: first(params, 'ErrorUrl') !== '' || first(params, 'ErrorCode') !== '',
    failedUrl: address(params, 'ErrorUrl'),
    connected: word(params, 'CallStatus') === 'in-progress',
  };
}

const FINAL = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);
const CONNECTED = new Set(['completed', 'in-progress']);

export function closingReport(params: Params): ClosingReport {
  const status = word(params, 'CallStatus');
  return {
    ref: token(params, 'CallSid'),
    status,
    final: FINAL.has(status),
    connected: CONNECTED.has(status),
    seconds: whole(params, 'CallDuration'),
  };
}

/** The recording, from `<Record action>` or its status callback; undefined while there is none or when it failed. */
export function voicemailReport(params: Params): VoicemailReport | undefined {
  const recording = token(params, 'RecordingSid');
  const status = word(params, 'RecordingStatus');
  if (recording === '' || (status !== '' && status !== 'completed')) return undefined;
  return {
    ref: token(params, 'CallSid'),
    recording,
    url: address(params, 'RecordingUrl'),
    seconds: whole(params, 'RecordingDuration') ?? 0,
  };
}

/** `<Record>` reports `hangup` in the same place, which is no key. */
export function pressedKeys(params: Params): string | undefined {
  return keys(params, 'Digits');
}
