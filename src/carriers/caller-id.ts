/** Which caller ID the next leg gets, so that no carrier refuses the leg for it (Twilio 13214). */
import type { DialStep } from '../domain/step.ts';
import { isE164 } from '../domain/phone-number.ts';
import { isSipUri } from './party.ts';

/** In the North American plan neither area nor exchange begins with 0 or 1; forged callers often do. */
const NORTH_AMERICA = /^\+1(?:[2-9][0-9]{2}){2}[0-9]{4}$/;
/** What carriers take as caller ID towards a SIP address (https://www.twilio.com/docs/voice/twiml/sip). */
const SIP_CALLER = /^[A-Za-z0-9+_.-]{1,64}$/;

function isDiallable(from: string): boolean {
  return isE164(from) && (!from.startsWith('+1') || NORTH_AMERICA.test(from));
}

/**
 * Undefined leaves it to the carrier, which passes the caller on. Towards the telephone network our own number
 * stands in for a withheld or invalid caller, and for one that came over SIP, which is nobody's verified number.
 * Towards a SIP address the caller's own word (`anonymous`, an extension) passes, so that the PBX sees who calls.
 */
export function callerIdFor(call: { from: string; number: string; overSip: boolean; to: DialStep }): string | undefined {
  if (!call.overSip && isDiallable(call.from)) return undefined;
  return isSipUri(call.to.to) && SIP_CALLER.test(call.from) ? call.from : call.number;
}
