/** How described carriers write telephone numbers and SIP addresses. */
import { callingCodeOf, isE164 } from '../../domain/phone-number.ts';

export interface NumberStyle {
  as?: 'e164' | 'digits' | 'national' | undefined;
  country?: string | undefined;
}

/** Undefined for a number that has no such form: of another country's calling code than the national one. */
export function writtenNumber({ as = 'e164', country = '' }: NumberStyle, e164: string): string | undefined {
  if (as === 'e164') return e164;
  const digits = e164.slice(1);
  if (as === 'digits') return digits;
  const code = callingCodeOf(country);
  return code !== undefined && digits.startsWith(code) ? digits.slice(code.length) : undefined;
}

/** The number that is written so; undefined for what is none. */
export function numberOf({ as = 'e164', country = '' }: NumberStyle, written: string): string | undefined {
  const number = as === 'e164' ? written : as === 'digits' ? `+${written}` : `+${callingCodeOf(country) ?? ''}${written}`;
  return isE164(number) ? number : undefined;
}

/** The SIP address that is written so; undefined for what is none. */
export function sipOf(as: 'uri' | 'address' | undefined, written: string): string | undefined {
  const uri = as === 'address' ? `sip:${written}` : written;
  return /^sips?:[^\s@]+@[^\s@]+$/i.test(uri) ? uri : undefined;
}

/** Undefined for one that has no such form: `sips:` cannot be told without its scheme. */
export function writtenSip(as: 'uri' | 'address' | undefined, uri: string): string | undefined {
  if (as !== 'address') return uri;
  return /^sip:/i.test(uri) ? uri.slice('sip:'.length) : undefined;
}
