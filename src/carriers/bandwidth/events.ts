/**
 * Reads what Bandwidth says of a call (https://dev.bandwidth.com/docs/voice/webhooks/initiate and its siblings). Whatever is missing,
 * doubled, too long or binary gives a sensible value; nothing here throws.
 */
import type { LegResult } from '../../domain/leg.ts';
import type { ArrivingCall, ClosingReport, Params, PlacedReport, VoicemailReport } from '../dialect.ts';
import { address, first, keys, token, word } from '../params.ts';
import { callerOf, isSipUri, numberOf } from '../party.ts';
import { wasScreened } from '../screened.ts';
import { readMark } from './uui.ts';

export function arrivingCall(params: Params): ArrivingCall {
  const to = first(params, 'to');
  const from = first(params, 'from');
  const forwarder = numberOf(first(params, 'diversion.origTo'));
  return {
    ref: token(params, 'callId'),
    number: numberOf(to),
    from: callerOf(from),
    overSip: isSipUri(from) || isSipUri(to),
    forwardedBy: forwarder === undefined ? [] : [forwarder],
    mark: readMark(first(params, 'uui')),
    // Its fallback address is asked the same as ours, without a word on what failed.
    afterOurFailure: false,
    failedUrl: undefined,
    connected: first(params, 'answerTime') !== '',
  };
}

/**
 * The event comes only while the caller is still there. `cancel` is then Bandwidth's own: of what did not begin to ring within 30 s. A screened
 * leg that is not taken ends with a document that is none (bxml.ts), since a plain end would be told as `hangup`, like a talk that is over.
 */
export function legResult(params: Params): LegResult {
  switch (word(params, 'cause')) {
    case 'hangup': return { end: 'answered', cause: 'user' };
    case 'busy': return { end: 'busy', cause: 'user' };
    case 'timeout': return { end: 'no-answer', cause: 'user' };
    case 'rejected': return { end: 'declined', cause: 'user' };
    case 'invalid-bxml': return wasScreened(params) ? { end: 'no-answer', cause: 'user' } : { end: 'failed', cause: 'ambiguous' };
    default: return { end: 'failed', cause: 'ambiguous' };
  }
}

/** Seconds from one time of ISO 8601 to another, undefined when either is none. */
function secondsBetween(from: string, to: string): number | undefined {
  const seconds = Math.round((Date.parse(to.slice(0, 40)) - Date.parse(from.slice(0, 40))) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** Of the caller's own leg; those of whom we called are told at the same address. */
export function closingReport(params: Params): ClosingReport {
  const answered = first(params, 'answerTime');
  return {
    ref: token(params, 'callId'),
    status: word(params, 'cause'),
    final: first(params, 'eventType') === 'disconnect' && word(params, 'direction') !== 'outbound',
    connected: answered !== '',
    seconds: answered === '' ? undefined : secondsBetween(answered, first(params, 'endTime')),
  };
}

/** Of a call that we placed: nothing is told between its beginning and its answer. */
export function placedReport(params: Params): PlacedReport {
  return { ref: token(params, 'callId'), status: word(params, 'cause'), final: first(params, 'eventType') === 'disconnect' };
}

/** `PT1H2M20.056S` (ISO 8601) in whole seconds; 0 for anything else. */
function durationSeconds(text: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = /^PT(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})(?:\.[0-9]{1,9})?S)?$/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** From `recordComplete` or `recordingAvailable`; undefined while there is none or when it failed. */
export function voicemailReport(params: Params): VoicemailReport | undefined {
  const recording = token(params, 'recordingId');
  if (recording === '' || word(params, 'status') === 'error') return undefined;
  return { ref: token(params, 'callId'), recording, url: address(params, 'mediaUrl'), seconds: durationSeconds(first(params, 'duration')) };
}

export function pressedKeys(params: Params): string | undefined {
  return keys(params, 'digits');
}
