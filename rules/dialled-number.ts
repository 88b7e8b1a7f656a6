/** What a destination may dial: the telephone number in it, whichever way it is spelt. */
import { destinationKind } from '../src/domain/plan.ts';
import { parseSipAddress } from './sip-address.ts';

/** Digits with what telephones know besides: `+` at the beginning, `*` and `#`. */
const DIAL_STRING = /^\+?[\d*#]*\d[\d*#]*$/;

/** Pauses and extensions, after which nothing is dialled any more that chooses where the call goes. */
const AFTER_NUMBER = /(?<=\d)[pwtx].*$/i;

/**
 * The dial string of a text: its digits without what only helps the eye, or undefined when it is a name. A `+` that stands
 * elsewhere than at the beginning is nothing that is dialled.
 */
export function dialStringOf(text: string): string | undefined {
  const number = text.replace(/^\s*(?:tel|sips?):/i, '').split(/[;,?]/)[0] ?? '';
  const bare = number.replace(/[^\p{L}\p{N}+*#]/gu, '').replace(AFTER_NUMBER, '');
  const dial = bare.replace(/(?!^)\+/g, '');
  return DIAL_STRING.test(dial) ? dial : undefined;
}

/** What is dialled after a leading service code such as `*67` or `#31#`: of one to four digits, and there is no telling how many. */
export function withoutServiceCode(dial: string): string[] {
  if (!/^[*#]/.test(dial)) return [];
  const after = dial.replace(/^[*#]+/, '');
  return [0, 1, 2, 3, 4].map((length) => after.slice(length).replace(/^[*#]+/, ''));
}

/** A telephone number that this destination leads to, in E.164; undefined when there is none. Says nothing of whether it is valid. */
export function numberOf(to: string): string | undefined {
  const kind = destinationKind(to);
  const dial = kind === 'phone' ? to : kind === 'sip' ? dialStringOf(parseSipAddress(to)?.user ?? '') : undefined;
  const digits = dial?.replace(/^(?:\+|00|011)/, '');
  return digits !== undefined && /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
}
