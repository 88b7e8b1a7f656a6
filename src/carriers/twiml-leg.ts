/** What became of a leg, from the parameters of `<Dial action>` in Twilio's family (https://www.twilio.com/docs/voice/twiml/dial). */
import type { LegResult } from '../domain/leg.ts';
import type { Params } from './dialect.ts';
import { sipCause, sipFailure } from './sip-cause.ts';
import { whole, word } from './params.ts';

/** "SIP: cannot establish connection": the address did not answer (https://www.twilio.com/docs/api/errors/32011). */
const UNREACHABLE = 32_011;
/** The caller's own leg is over: it is the status of the call, not of the leg. */
const CALLER_GONE = new Set(['completed', 'busy', 'no-answer', 'canceled', 'failed']);

function failed(params: Params, sip: number | undefined): LegResult {
  if (sip !== undefined) return sipFailure(sip, CALLER_GONE.has(word(params, 'CallStatus')));
  return { end: 'failed', cause: whole(params, 'ErrorCode') === UNREACHABLE ? 'down' : 'ambiguous' };
}

/** No final answer at all, or a server's own trouble: the ringing that was not answered was never heard. */
function neverRang(sip: number | undefined): sip is number {
  return sip !== undefined && (sip === 408 || (sip >= 500 && sip <= 599));
}

function resultOf(params: Params, sip: number | undefined): LegResult {
  const bridged = word(params, 'DialBridged');
  if (bridged === 'true') return { end: 'answered', cause: 'user' };
  switch (word(params, 'DialCallStatus')) {
    case 'completed':
    case 'answered':
      // Answered and not bridged: turned down when asked to press a key, or the caller left meanwhile.
      return { end: bridged === 'false' ? 'no-answer' : 'answered', cause: 'user' };
    case 'busy':
      return { end: 'busy', cause: 'user' };
    case 'no-answer':
      return neverRang(sip) ? { end: 'failed', cause: sipCause(sip) } : { end: 'no-answer', cause: 'user' };
    case 'canceled':
      return { end: 'cancelled', cause: 'user' };
    case 'failed':
      return failed(params, sip);
    default:
      return { end: 'failed', cause: 'ambiguous' };
  }
}

export function legResult(params: Params): LegResult {
  const code = whole(params, 'DialSipResponseCode');
  const sip = code !== undefined && code >= 300 && code <= 699 ? code : undefined;
  const result = resultOf(params, sip);
  return sip === undefined ? result : { ...result, sip };
}
