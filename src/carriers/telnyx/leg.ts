/** What became of a leg, from `<Dial action>` of TeXML (https://developers.telnyx.com/api-reference/callbacks/texml-call-completed). */
import type { LegResult } from '../../domain/leg.ts';
import type { Params } from '../dialect.ts';
import { first, whole, word } from '../params.ts';
import { endedInScreening } from '../screened.ts';
import { legResult } from '../twiml-leg.ts';

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
  return result.end === 'answered' && endedInScreening(params, whole(params, 'DialCallDuration')) ? { ...result, end: 'no-answer' } : result;
}
