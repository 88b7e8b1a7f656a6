/** Reads what Plivo says of a call (https://www.plivo.com/docs/voice/xml/dial, …/xml/record, …/concepts/callbacks). Nothing here throws. */
import type { LegResult } from '../../domain/leg.ts';
import type { ArrivingCall, ClosingReport, Params, VoicemailReport } from '../dialect.ts';
import { diversionNumbers, historyNumbers } from '../diversion-header.ts';
import { address, first, token, whole, word } from '../params.ts';
import { callerWithoutPlus, isSipUri, numberOf } from '../party.ts';
import { sipFailure } from '../sip-cause.ts';
import { readMark } from './mark.ts';

/** SIP headers that the call came with. */
const HEADER = 'sip-h-';

function headers(params: Params, name: string): readonly string[] {
  return [...params].flatMap(([known, values]) => (known.length === HEADER.length + name.length && known.toLowerCase() === HEADER + name ? values : []));
}

export function arrivingCall(params: Params): ArrivingCall {
  const [from, to] = [first(params, 'From'), first(params, 'To')];
  const forwardedFrom = numberOf(first(params, 'ForwardedFrom'));
  const named = [...diversionNumbers(headers(params, 'diversion')), ...historyNumbers(headers(params, 'history-info'))];
  return {
    ref: token(params, 'CallUUID'),
    number: numberOf(to),
    from: callerWithoutPlus(from),
    overSip: isSipUri(from) || isSipUri(to),
    forwardedBy: [...new Set(forwardedFrom === undefined ? named : [forwardedFrom, ...named])],
    mark: readMark(params),
    afterOurFailure: false,
    failedUrl: undefined,
    connected: word(params, 'CallStatus') === 'in-progress',
  };
}

/**
 * Causes of ISUP as FreeSWITCH names them (Q.850), and the SIP status that says the same (RFC 3398, 8.2.6.1): what the dialling of a leg
 * ended with.
 */
const STATUS_OF_CAUSE: Readonly<Record<string, number>> = {
  USER_BUSY: 486, CALL_REJECTED: 603, NO_USER_RESPONSE: 408, RECOVERY_ON_TIMER_EXPIRE: 504, NETWORK_OUT_OF_ORDER: 502, DESTINATION_OUT_OF_ORDER: 502, NORMAL_TEMPORARY_FAILURE: 503, GATEWAY_DOWN: 503,
  NORMAL_CIRCUIT_CONGESTION: 500, SWITCH_CONGESTION: 500, UNALLOCATED_NUMBER: 484, INVALID_NUMBER_FORMAT: 484, NUMBER_CHANGED: 410, INCOMPATIBLE_DESTINATION: 488,
};

function failed(cause: string): LegResult {
  if (cause === 'ORIGINATOR_CANCEL') return { end: 'cancelled', cause: 'user' };
  if (cause === 'NO_ANSWER' || cause === 'ALLOTTED_TIMEOUT') return { end: 'no-answer', cause: 'user' };
  const status = STATUS_OF_CAUSE[cause];
  return status === undefined ? { end: 'failed', cause: 'ambiguous' } : sipFailure(status, false);
}

/** From `<Dial action>`. A leg that was asked to press a key and did not is no `completed` one. */
export function legResult(params: Params): LegResult {
  const cause = first(params, 'DialHangupCause').slice(0, 64);
  switch (word(params, 'DialStatus')) {
    case 'completed':
      return { end: 'answered', cause: 'user' };
    case 'busy':
      return { end: 'busy', cause: 'user' };
    case 'timeout':
    case 'no-answer': {
      // Ringing that nobody answers and a place that never answered at all are both told as this.
      const result = failed(cause);
      return result.end === 'failed' && result.cause !== 'ambiguous' ? result : { end: 'no-answer', cause: 'user' };
    }
    case 'cancel':
      return { end: 'cancelled', cause: 'user' };
    case 'failed':
      return failed(cause);
    default:
      return { end: 'failed', cause: 'ambiguous' };
  }
}

const FINAL = new Set(['completed', 'busy', 'failed', 'timeout', 'no-answer', 'cancel', 'machine']);
const CONNECTED = new Set(['completed', 'in-progress']);

/** From `hangup_url`. */
export function closingReport(params: Params): ClosingReport {
  const status = word(params, 'CallStatus');
  return { ref: token(params, 'CallUUID'), status, final: FINAL.has(status), connected: CONNECTED.has(status), seconds: whole(params, 'Duration') };
}

/** From `<Record callbackUrl>`. While it is not known how long it is, its length is -1. */
export function voicemailReport(params: Params): VoicemailReport | undefined {
  const recording = token(params, 'RecordingID');
  if (recording === '') return undefined;
  return { ref: token(params, 'CallUUID'), recording, url: address(params, 'RecordUrl'), seconds: whole(params, 'RecordingDuration') ?? 0 };
}
