/** Writes our answers as BXML (https://dev.bandwidth.com/docs/voice/bxml). Whatever is asked for, the document is well-formed and within Bandwidth's limit. */
import { isE164 } from '../../domain/phone-number.ts';
import type { Answer, Asked, Rendered } from '../dialect.ts';
import { isSipUri } from '../party.ts';
import { markScreened } from '../screened.ts';
import { speechPieces } from '../speech.ts';
import { xml, xmlChars } from '../xml.ts';
import { WEBHOOK_USER } from './credentials.ts';
import { writeMark } from './uui.ts';

/** "The maximum size of a BXML document is 64 KB": the smaller reading of that. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** No figure is published: the least of the voices behind it takes 3,000 characters. */
const MAX_SAY = 2_900;
const SORRY = 'We are sorry, your call cannot be taken at the moment. Please try again later.';
/** By language, the first of each stands in for its other regions (https://dev.bandwidth.com/docs/voice/bxml/speakSentence). */
const LOCALES: readonly (readonly [language: string, locale: string])[] = [
  ['en-US', 'en_US'], ['en-GB', 'en_UK'], ['de-DE', 'de'], ['es-ES', 'es'], ['es-MX', 'es_MX'], ['fr-FR', 'fr'], ['it-IT', 'it'],
];
/** Instead of a number these may be shown; others leave the caller as it came. */
const WORDS: ReadonlyMap<string, string> = new Map(['Anonymous', 'Restricted', 'Private', 'Unavailable'].map((word) => [word.toLowerCase(), word]));

interface Site {
  /** What our addresses are asked with, as attributes. */
  credentials: string;
  /** Another origin of ours, for when this one does not answer, with its credentials; undefined when there is none. */
  other: { origin: string; credentials: string } | undefined;
}

function siteOf({ origin, keys }: Asked): Site {
  const [password] = keys?.secrets ?? [];
  const other = keys?.origins.find((one) => one !== origin);
  if (password === undefined) return { credentials: '', other: undefined };
  return {
    credentials: ` username="${WEBHOOK_USER}" password="${xml(password)}"`,
    other: other === undefined ? undefined : { origin: other, credentials: ` fallbackUsername="${WEBHOOK_USER}" fallbackPassword="${xml(password)}"` },
  };
}

/** An address of ours for an event of this name, and the same at our other origin. */
function told({ credentials, other }: Site, event: string, url: string): string {
  const fallback = other && url.startsWith('/') ? ` ${event}FallbackUrl="${xml(other.origin + url)}"${other.credentials}` : '';
  return ` ${event}Url="${xml(url)}"${credentials}${fallback}`;
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.floor(value))) : low;
}

function localeOf(language: string): string {
  const [base = ''] = language.split('-', 1);
  const [, locale] = LOCALES.find(([known]) => known === language) ?? LOCALES.find(([known]) => known.startsWith(`${base}-`)) ?? [];
  return locale === undefined ? '' : ` locale="${locale}"`;
}

/** Nothing at all for a text that has nothing to say: it "cannot be blank". */
function say(text: string, language: string): string {
  const spoken = xmlChars(text);
  if (spoken.trim() === '') return '';
  // Longer than a document can be: something plain is said instead.
  if (spoken.length > MAX_DOCUMENT_BYTES) return spoken;
  return speechPieces(spoken, MAX_SAY).map((piece) => `<SpeakSentence${localeOf(language)}>${xml(piece)}</SpeakSentence>`).join('');
}

function callerAttribute(callerId: string | undefined): string {
  const shown = callerId === undefined || isE164(callerId) ? callerId : WORDS.get(callerId.toLowerCase());
  return shown === undefined ? '' : ` transferCallerId="${xml(shown)}"`;
}

function dial({ step, callerId, mark, afterUrl, screenUrl }: Extract<Answer, { do: 'dial' }>, site: Site): string {
  const screen = screenUrl === undefined ? '' : told(site, 'transferAnswer', screenUrl);
  const uui = writeMark(mark);
  const target = isSipUri(step.to) ? `<SipUri${uui === undefined ? '' : ` uui="${xml(uui)}"`}${screen}>${xml(step.to)}</SipUri>` : `<PhoneNumber${screen}>${xml(step.to)}</PhoneNumber>`;
  const after = told(site, 'transferComplete', screenUrl === undefined ? afterUrl : markScreened(afterUrl));
  // Who forwarded the call to us stays told, so that a loop can be seen by whoever it comes to.
  return `<Transfer callTimeout="${clamp(step.ringSeconds, 1, 300)}" diversionTreatment="propagate"${callerAttribute(callerId)}${after}>${target}</Transfer>`;
}

function voicemail({ step, language, doneUrl, recordedUrl }: Extract<Answer, { do: 'voicemail' }>, site: Site): string {
  return `${say(step.say, language)}<Record maxDuration="${clamp(step.maxSeconds, 1, 10_800)}" silenceTimeout="10" terminatingDigits="#"${told(site, 'recordComplete', doneUrl)} recordingAvailableUrl="${xml(recordedUrl)}"/>`;
}

/** The event comes also when nothing is pressed; what is behind a `<Gather>` with an address is never reached. */
function gather({ say: text, language, pressedUrl }: Pick<Extract<Answer, { do: 'ask' }>, 'say' | 'language' | 'pressedUrl'>, site: Site): string {
  return `<Gather maxDigits="1" firstDigitTimeout="8"${told(site, 'gather', pressedUrl)}>${say(text, language)}</Gather>`;
}

function announce(text: string, language: string): string {
  return `${say(text, language) || say(SORRY, 'en-GB')}<Hangup/>`;
}

function contentOf(answer: Answer, site: Site): string {
  switch (answer.do) {
    case 'dial': return dial(answer, site);
    case 'voicemail': return voicemail(answer, site);
    case 'announce': return announce(answer.say, answer.language);
    case 'screen':
    case 'ask': return gather(answer, site);
    // An empty document would hang up (https://dev.bandwidth.com/docs/voice/bxml/hangup); at the end of any other the two are connected.
    case 'connect': return '<Tag>connected</Tag>';
    // Of a call that was not answered it is a refusal.
    case 'reject': return '<Hangup/>';
    // No verb of BXML: the leg ends as `invalid-bxml`, and so unlike a talk that is over.
    case 'hangup': return answer.refused === true ? '<NotTaken/>' : '<Hangup/>';
  }
}

function document(content: string): Rendered {
  return { contentType: 'application/xml; charset=utf-8', body: `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>` };
}

/** Without `keys` the documents say no credentials, and what follows is refused. */
export function renderBxml(answer: Answer, asked: Asked): Rendered {
  const rendered = document(contentOf(answer, siteOf(asked)));
  const fits = rendered.body.length * 3 <= MAX_DOCUMENT_BYTES || Buffer.byteLength(rendered.body) <= MAX_DOCUMENT_BYTES;
  return fits ? rendered : document(announce(SORRY, 'en-GB'));
}
