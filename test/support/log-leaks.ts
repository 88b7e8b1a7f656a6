/** What no line of a log may hold: full telephone numbers and secrets, known ones in any spelling and unknown ones by their form. */
import { maskNumber } from '../../src/domain/phone-number.ts';

export interface Leak {
  what: string;
  /** Enough to find it, too little to use it. */
  shown: string;
}

/** What the tests of a file used. */
export interface Known {
  secrets: ReadonlySet<string>;
  /** E.164. */
  numbers: ReadonlySet<string>;
}

/** Secrets that nobody told of, by how they look. The first group, if any, is the secret. */
const SECRET_FORMS: Readonly<Record<string, RegExp>> = {
  'an API key': /\brt_[\w-]{16,}/,
  'an authorization header': /\b(?:Bearer|Basic) +([\w+/=.-]{6,})/i,
  'a password in an address': /:\/\/[^\s/:@"]*:([^\s/@"]+)@/,
  'a signature': /(?<![\w+/])([A-Za-z0-9+/]{27}=)(?![\w=])/,
  'a key or a hash': /(?<![0-9a-zA-Z])[0-9a-f]{64}(?![0-9a-zA-Z])/i,
  'an auth token': /(?<![0-9a-zA-Z])[0-9a-f]{32}(?![0-9a-zA-Z])/,
  'an encrypted secret': /enc:v\d:[\w+/=]+/,
  "a subscriber's secret": /\bwhsec_\S+/,
};
/** Fields that may hold no text, whatever it looks like. */
const SECRET_FIELD = /^(?:(?:proxy-)?authorization|x-twilio-signature|cookie|\w*(?:password|secret|token)|hash|signature)$/i;
/** What says that something was left out. */
const LEFT_OUT = ['set', 'not set', '(redacted)', '(encrypted)', ''];

/** Long runs of digits that are part of an id: a request's, a carrier's, an import's, an audit entry's with its hash; or of a time. */
const IDS = /\bc-(?:[0-9a-f]{8}-){2}(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[A-Z]{2}[0-9a-f]{32}\b|\b\d{8}t\d{9}z-[0-9a-f]{8}\b|\b\d+-\d+:[0-9a-f]{40}\b|\d{4}-\d{2}-\d{2}T[\d:.]+Z/g;
const BETWEEN_DIGITS = /(?<=[\d)])[\s().\-/]+(?=[\d(])/g;
/** Seven digits are the shortest number of E.164. */
const DIGITS = /\+?\d{7,}/;
/** The end of a known number that gives it away, however its beginning is written. */
const TELLING_DIGITS = 9;

interface Part {
  field: string;
  text: string;
  isNumber: boolean;
}

function* partsOf(value: unknown, field = ''): Generator<Part> {
  if (typeof value === 'string') yield { field, text: value, isNumber: false };
  else if (typeof value === 'number' || typeof value === 'bigint') yield { field, text: String(value), isNumber: true };
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield { field: '', text: name, isNumber: false };
      yield* partsOf(inner, name);
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
}

/** A secret as it is, and as it may be carried along. */
function spellingsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')];
}

const short = (secret: string): string => `${secret.slice(0, 3)}… (${secret.length} characters)`;

function secretsIn({ field, text }: Part, { secrets }: Known): Leak[] {
  const leaks: Leak[] = [];
  for (const secret of secrets) if (spellingsOf(secret).some((spelling) => text.includes(spelling))) leaks.push({ what: 'a secret of this test', shown: short(secret) });
  for (const [what, form] of Object.entries(SECRET_FORMS)) {
    const found = form.exec(text);
    if (found) leaks.push({ what, shown: short(found[1] ?? found[0]) });
  }
  if (SECRET_FIELD.test(field) && !LEFT_OUT.includes(text)) leaks.push({ what: `the field ${field}`, shown: short(text) });
  return leaks;
}

function numbersIn({ text, isNumber }: Part, { numbers }: Known): Leak[] {
  const plain = text.replace(IDS, '-');
  const joined = plain.replace(BETWEEN_DIGITS, '');
  const known = [...numbers].find((number) => joined.includes(number.slice(1).slice(-TELLING_DIGITS)));
  if (known !== undefined) return [{ what: 'the telephone number', shown: maskNumber(known) }];
  // Numbers of JSON are times, sizes and counts.
  const [digits] = (isNumber ? null : DIGITS.exec(plain)) ?? [];
  return digits === undefined ? [] : [{ what: 'what may be a telephone number', shown: maskNumber(digits) }];
}

/** All that one line (JSON, or a plain text) gives away. */
export function leaksIn(line: string, known: Known): Leak[] {
  return [...partsOf(parsed(line))].flatMap((part) => [...secretsIn(part, known), ...numbersIn(part, known)]);
}
