/** What became of a leg, from `<Dial action>` of TeXML (https://developers.telnyx.com/api-reference/callbacks/texml-call-completed). */
import type { LegResult } from '../../domain/leg.ts';
import type { Params } from '../dialect.ts';
import { first, whole, word } from '../params.ts';
import { wasScreened } from '../screened.ts';
import { legResult } from '../twiml-leg.ts';

/**
 * Telnyx does not tell whether an answered leg was connected to the caller. Who does not press a key is hung up on within this time, so
 * a screened leg that ended earlier counts as not taken: at worst a caller whose talk was that short hears the next one ring.
 */
const SCREENING_SECONDS = 30;

/** `HangupCause` of a leg that failed, in the API's words; the status alone would say less. */
function byCause(params: Params): LegResult | undefined {
  switch (first(params, 'HangupCause').toLowerCase()) {
    case 'call_rejected': return { end: 'declined', cause: 'user' };
    case 'user_busy': return { end: 'busy', cause: 'user' };
    case 'no_answer': return { end: 'no-answer', cause: 'user' };
    case 'originator_cancel': return { end: 'cancelled', cause: 'user' };
    default: return undefined;
  }
}

/** The leg's final SIP status, where it is told, has another name than in TwiML. */
function inTwiml(params: Params): Params {
  const sip = whole(params, 'SipHangupCause');
  return sip === undefined || params.has('DialSipResponseCode') ? params : new Map([...params, ['DialSipResponseCode', [String(sip)]]]);
}

export function telnyxLeg(params: Params): LegResult {
  const result = legResult(inTwiml(params));
  if (result.end === 'failed' && result.sip === undefined && word(params, 'DialCallStatus') === 'failed') return byCause(params) ?? result;
  const short = (whole(params, 'DialCallDuration') ?? 0) < SCREENING_SECONDS;
  return result.end === 'answered' && wasScreened(params) && short ? { ...result, end: 'no-answer' } : result;
}
