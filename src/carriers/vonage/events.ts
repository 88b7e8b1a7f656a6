/** Reads what Vonage says of a call (https://developer.vonage.com/en/voice/voice-api/webhook-reference). Nothing here throws. */
import type { LegResult } from '../../domain/leg.ts';
import type { ArrivingCall, ClosingReport, Params, PlacedReport, VoicemailReport } from '../dialect.ts';
import { markIn, MARK_HEADER } from '../mark.ts';
import { address, first, keys, token, whole, word } from '../params.ts';
import { callerWithoutPlus, numberOf } from '../party.ts';
import { wasScreened } from '../screened.ts';
import { sipFailure } from '../sip-cause.ts';
import { CALLED, CALLER } from './place.ts';

const GOES_ON = new Set(['started', 'ringing', 'answered', 'human']);
const FINAL = new Set(['completed', 'busy', 'cancelled', 'failed', 'rejected', 'timeout', 'unanswered']);
/** Of a leg on which a machine was hung up, as short as its greeting. */
const SCREENING_SECONDS = 30;

export function arrivingCall(params: Params): ArrivingCall {
  // An event names the parties of its own leg. What asks for a call's first answer has no status, and names those of the call.
  const event = first(params, 'status') !== '';
  const header = [...params].find(([name]) => name.toLowerCase() === `sipheader_${MARK_HEADER.toLowerCase()}`);
  return {
    ref: token(params, 'conversation_uuid'),
    number: numberOf((event ? first(params, CALLED) : '') || first(params, 'to')),
    from: callerWithoutPlus((event ? first(params, CALLER) : '') || first(params, 'from') || first(params, 'from_user')),
    overSip: word(params, 'endpoint_type') === 'sip',
    forwardedBy: [],
    mark: markIn(header?.[1] ?? []),
    afterOurFailure: false,
    failedUrl: undefined,
    connected: false,
  };
}

/** A leg on which a machine was hung up ends as `machine` and once more as `completed`. */
function endedAsMachine(params: Params): boolean {
  return wasScreened(params) && (whole(params, 'duration') ?? 0) < SCREENING_SECONDS;
}

export function legGoesOn(params: Params): boolean {
  const status = word(params, 'status');
  if (status === '') return params.has('type');
  return GOES_ON.has(status) || (status === 'completed' && endedAsMachine(params));
}

export function legResult(params: Params): LegResult {
  const code = whole(params, 'sip_code');
  const sip = code !== undefined && code >= 300 && code <= 699 ? code : undefined;
  const told = sip === undefined ? {} : { sip };
  switch (word(params, 'status')) {
    case 'completed': return { end: 'answered', cause: 'user' };
    case 'busy': return { end: 'busy', cause: 'user', ...told };
    case 'rejected': return { end: 'declined', cause: 'user', ...told };
    case 'unanswered':
    case 'timeout':
    case 'machine': return { end: 'no-answer', cause: 'user', ...told };
    case 'cancelled': return { end: 'cancelled', cause: 'user', ...told };
    case 'failed': return sip === undefined ? { end: 'failed', cause: 'ambiguous' } : { ...sipFailure(sip, false), sip };
    default: return { end: 'failed', cause: 'ambiguous' };
  }
}

/** Events of all legs come here: the call is over when the caller's is. */
export function closingReport(params: Params): ClosingReport {
  const status = word(params, 'status');
  const caller = word(params, 'direction') === 'inbound';
  return { ref: token(params, 'conversation_uuid'), status, final: caller && FINAL.has(status), connected: caller && (status === 'completed' || status === 'answered'), seconds: whole(params, 'duration') };
}

/** Of a call that we placed, which is one leg. */
export function placedReport(params: Params): PlacedReport {
  const status = word(params, 'status');
  return { ref: token(params, 'uuid'), status, final: FINAL.has(status) };
}

export function voicemailReport(params: Params): VoicemailReport | undefined {
  const recording = token(params, 'recording_uuid');
  if (recording === '') return undefined;
  const [start, end] = [first(params, 'start_time'), first(params, 'end_time')].map((text) => Date.parse(text.slice(0, 40)));
  const seconds = Math.round(((end ?? Number.NaN) - (start ?? Number.NaN)) / 1000);
  return { ref: token(params, 'conversation_uuid'), recording, url: address(params, 'recording_url'), seconds: Number.isFinite(seconds) ? Math.max(0, seconds) : 0 };
}

/** An input that timed out says so, and has no keys. */
export function pressedKeys(params: Params): string | undefined {
  return keys(params, 'dtmf.digits');
}
