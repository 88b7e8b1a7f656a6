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

/** Nothing of these is written otherwise in JSON. */
const PLAIN = /^[\w+/=%.~-]*$/;

interface Spelling {
  secret: string;
  spelling: string;
}

/** Texts that many lines have are judged once. */
const TEXTS_KEPT = 20_000;

function formsIn({ field, text }: Part): Leak[] {
  const leaks: Leak[] = [];
  for (const [what, form] of Object.entries(SECRET_FORMS)) {
    const found = form.exec(text);
    if (found) leaks.push({ what, shown: short(found[1] ?? found[0]) });
  }
  if (SECRET_FIELD.test(field) && !LEFT_OUT.includes(text)) leaks.push({ what: `the field ${field}`, shown: short(text) });
  return leaks;
}

/** The known number of which the text, digits without what is between them, has the telling end. */
function createNumberFinder(numbers: ReadonlySet<string>): (joined: string) => string | undefined {
  const byEnd = new Map([...numbers].map((number) => [number.slice(1).slice(-TELLING_DIGITS), number]));
  const lengths = [...new Set([...byEnd.keys()].map(({ length }) => length))];
  return (joined) => {
    for (const [run] of joined.matchAll(/\d+/g)) {
      for (const length of lengths) {
        // From the end: where one known number is a part of another, it is the whole one.
        for (let at = run.length - length; at >= 0; at -= 1) {
          const known = byEnd.get(run.slice(at, at + length));
          if (known !== undefined) return known;
        }
      }
    }
    return undefined;
  };
}

/** Gives all that one line (JSON, or a plain text) gives away. */
export function createLeakFinder({ secrets, numbers }: Known): (line: string) => Leak[] {
  const spellings = [...secrets].flatMap((secret) => [...new Set(spellingsOf(secret))].map((spelling): Spelling => ({ secret, spelling })));
  const plain = spellings.filter(({ spelling }) => PLAIN.test(spelling));
  const others = spellings.filter(({ spelling }) => !PLAIN.test(spelling));
  const numberIn = createNumberFinder(numbers);
  const judged = new Map<string, Leak[]>();

  function numbersIn({ text, isNumber }: Part): Leak[] {
    const bare = text.replace(IDS, '-');
    const known = numberIn(bare.replace(BETWEEN_DIGITS, ''));
    if (known !== undefined) return [{ what: 'the telephone number', shown: maskNumber(known) }];
    // Numbers of JSON are times, sizes and counts.
    const [digits] = (isNumber ? null : DIGITS.exec(bare)) ?? [];
    return digits === undefined ? [] : [{ what: 'what may be a telephone number', shown: maskNumber(digits) }];
  }

  function judge(part: Part): Leak[] {
    const key = JSON.stringify([part.field, part.text, part.isNumber]);
    const known = judged.get(key);
    if (known) return known;
    const leaks = [...formsIn(part), ...numbersIn(part)];
    if (judged.size < TEXTS_KEPT) judged.set(key, leaks);
    return leaks;
  }

  return (line) => {
    const parts = [...partsOf(parsed(line))];
    const found = new Set([...plain.filter(({ spelling }) => line.includes(spelling)), ...others.filter(({ spelling }) => parts.some(({ text }) => text.includes(spelling)))].map(({ secret }) => secret));
    return [...[...found].map((secret): Leak => ({ what: 'a secret of this test', shown: short(secret) })), ...parts.flatMap(judge)];
  };
}
