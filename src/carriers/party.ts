/** Reads who is called and who calls, in the many spellings in which carriers and PBXs write them. */
import { isE164 } from '../domain/phone-number.ts';

/** No SIP URI that a carrier takes is longer than 255 characters; the rest of a longer text is not looked at. */
const MAX_PARTY = 300;
/** Longest caller that is kept. */
const MAX_CALLER = 128;

const SCHEME = /^(?:sips?|tel):/i;
/** Visual separators of RFC 3966. */
const SEPARATORS = /[\s().-]/g;
// oxlint-disable-next-line no-control-regex -- these are what is dropped
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
const HALF_PAIR_AT_END = /[\ud800-\udbff]$/;

/** ANONYMOUS, RESTRICTED (rightly and as Twilio spells it), BLOCKED, UNKNOWN, UNAVAILABLE and NONE on a telephone's keys: how Twilio and others write a withheld number. */
const WITHHELD = new Set(['+266696687', '+7378742833', '+7378742883', '+2562533', '+8656696', '+86282452253', '+464']);
/** From this length on they are also taken without `+`; a shorter one may be somebody's extension. */
const WITHHELD_DIGITS = 7;

function unescape(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The user of a SIP or tel URI without its parameters and password; any other text as it is. */
function userOf(party: string): string {
  const scheme = SCHEME.exec(party)?.[0];
  if (scheme === undefined) return party;
  const rest = party.slice(scheme.length);
  const at = rest.indexOf('@');
  const user = at === -1 ? rest : rest.slice(0, at);
  return unescape(user.replace(/[;:?].*$/s, ''));
}

/**
 * The number of a party in E.164. Digits without `+` are read as a whole international number, as SIP users and
 * ISUP redirecting numbers are; the spelling alone is judged, not whether the number exists.
 */
export function numberOf(party: string): string | undefined {
  // As nearly all are.
  if (isE164(party)) return party;
  if (party === '') return undefined;
  const digits = userOf(party.slice(0, MAX_PARTY).trim()).replace(SEPARATORS, '');
  if (isE164(digits)) return digits;
  const international = `+${digits.startsWith('00') ? digits.slice(2) : digits}`;
  return isE164(international) ? international : undefined;
}

export function isSipUri(party: string): boolean {
  return /^\s*sips?:/i.test(party);
}

/** The caller: E.164, a SIP user, or a word such as `anonymous`; a placeholder number for "withheld" becomes that word. */
export function callerOf(party: string): string {
  if (isE164(party) && !WITHHELD.has(party)) return party;
  const given = party.slice(0, MAX_PARTY);
  const user = userOf(given.trim()).replace(CONTROLS, '').trim().slice(0, MAX_CALLER).replace(HALF_PAIR_AT_END, '');
  if (WITHHELD.has(user) || (user.length >= WITHHELD_DIGITS && WITHHELD.has(`+${user}`))) return 'anonymous';
  const compact = user.replace(SEPARATORS, '');
  if (isE164(compact)) return compact;
  // A `+` that was sent unescaped arrives as a blank.
  return given.startsWith(' ') && isE164(`+${compact}`) ? `+${compact}` : user;
}

/** Shorter ones are extensions. */
const INTERNATIONAL = /^[1-9][0-9]{6,14}$/;

/** The same for carriers that write international numbers without `+`. */
export function callerWithoutPlus(party: string): string {
  return callerOf(INTERNATIONAL.test(party) ? `+${party}` : party);
}
