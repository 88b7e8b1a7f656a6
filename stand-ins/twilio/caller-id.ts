/** Which caller ID a dialled leg shows (https://www.twilio.com/docs/voice/twiml/dial, callerId; error 13214). */
import { userOf } from '../sip/uri.ts';
import type { Session } from './session.ts';

const E164 = /^\+[1-9]\d{6,14}$/;

/** Of a `<Sip>` leg: any SIP user. Of a `<Number>` leg: a telephone number that the caller or the account may show. */
export function callerIdFor(session: Session, given: string | undefined, noun: 'Number' | 'Sip'): { show: string } | { refused: string } {
  const shown = given ?? userOf(session.from);
  if (noun === 'Sip') return { show: shown === '' ? 'anonymous' : shown };
  if (!E164.test(shown)) return { refused: 'The caller ID is not a telephone number in E.164' };
  const { numbers, verifiedCallerIds } = session.world;
  if (numbers.byNumber(shown) || verifiedCallerIds.has(shown)) return { show: shown };
  // Over SIP both are SIP URIs, which no telephone number equals: neither may be shown then.
  if (shown === session.from || shown === session.to) return { show: shown };
  return { refused: session.overSip ? 'A call that came over SIP needs a caller ID that is held or verified' : 'The caller ID is neither of this call nor held nor verified' };
}
