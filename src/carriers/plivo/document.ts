/** Writes our answers as Plivo XML (https://www.plivo.com/docs/voice/xml). Whatever is asked for, the document is well-formed and of bounded size. */
import type { Answer, Rendered } from '../dialect.ts';
import { isSipUri } from '../party.ts';
import { speechPieces } from '../speech.ts';
import { xml, xmlChars } from '../xml.ts';
import { sayLanguage } from './languages.ts';
import { writeMark } from './mark.ts';

/** No figure is published: that of the others. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** No figure is published: the least of the voices behind it takes 3,000 characters. */
const MAX_SAY = 2_900;
/** Takes a screened call. */
const ACCEPT = '1';
/** From being asked to not having pressed a key, seconds: by default it is two minutes, for which the caller would hear it ring. */
const SCREENING_SECONDS = 15;
/** From the end of the words to the key, seconds. */
const ASKING_SECONDS = 8;
const SORRY = 'We are sorry, your call cannot be taken at the moment. Please try again later.';

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.floor(value))) : low;
}

/** Nothing at all for a text that has nothing to say. */
function speak(text: string, language: string): string {
  const spoken = xmlChars(text);
  if (spoken.trim() === '') return '';
  // Longer than a document can be: something plain is said instead.
  if (spoken.length > MAX_DOCUMENT_BYTES) return spoken;
  const known = sayLanguage(language);
  const attribute = known === undefined ? '' : ` language="${known}"`;
  return speechPieces(spoken, MAX_SAY).map((piece) => `<Speak${attribute}>${xml(piece)}</Speak>`).join('');
}

/** The last person there is need not press a key: Plivo connects nobody who does not, so nothing is asked. */
function screening({ step, screenUrl }: Extract<Answer, { do: 'dial' }>): string {
  return screenUrl === undefined || step.screen === 'open' ? '' : ` confirmSound="${xml(screenUrl)}" confirmKey="${ACCEPT}" confirmTimeout="${SCREENING_SECONDS}"`;
}

function dial(answer: Extract<Answer, { do: 'dial' }>): string {
  const { step, callerId, mark, afterUrl } = answer;
  const header = isSipUri(step.to) ? writeMark(mark) : undefined;
  const caller = callerId === undefined ? '' : ` callerId="${xml(callerId.replace(/^\+/, ''))}"`;
  const noun = isSipUri(step.to) ? `<User>${xml(step.to)}</User>` : `<Number>${xml(step.to.replace(/^\+/, ''))}</Number>`;
  return `<Dial action="${xml(afterUrl)}" method="POST" timeout="${clamp(step.ringSeconds, 5, 600)}" dialMusic="real"${caller}${header === undefined ? '' : ` sipHeaders="${xml(header)}"`}${screening(answer)}>${noun}</Dial>`;
}

function voicemail({ step, language, doneUrl, recordedUrl }: Extract<Answer, { do: 'voicemail' }>): string {
  return `${speak(step.say, language)}<Record action="${xml(doneUrl)}" method="POST" maxLength="${clamp(step.maxSeconds, 1, 3600)}" timeout="10" finishOnKey="#" playBeep="true" callbackUrl="${xml(recordedUrl)}" callbackMethod="POST"/><Hangup/>`;
}

/** Who presses nothing goes on behind it (https://www.plivo.com/docs/voice/xml/getinput). */
function ask({ say, language, pressedUrl }: Extract<Answer, { do: 'ask' }>): string {
  return `<GetInput action="${xml(pressedUrl)}" method="POST" inputType="dtmf" numDigits="1" executionTimeout="${ASKING_SECONDS}">${speak(say, language)}</GetInput><Hangup/>`;
}

function announce(text: string, language: string): string {
  return `${speak(text, language) || speak(SORRY, 'en-GB')}<Hangup/>`;
}

function contentOf(answer: Answer): string {
  switch (answer.do) {
    case 'dial': return dial(answer);
    case 'voicemail': return voicemail(answer);
    case 'announce': return announce(answer.say, answer.language);
    // Played to who picked up; the key itself is Plivo's to hear.
    case 'screen': return speak(answer.say, answer.language);
    case 'ask': return ask(answer);
    case 'connect': return '';
    // https://www.plivo.com/docs/voice/xml/hangup: as the first verb, before anything has answered the call.
    case 'reject': return '<Hangup reason="busy"/>';
    case 'hangup': return '<Hangup/>';
  }
}

function document(content: string): Rendered {
  return { contentType: 'text/xml; charset=utf-8', body: `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>` };
}

/** Addresses must be whole. */
export function renderDocument(answer: Answer): Rendered {
  const rendered = document(contentOf(answer));
  const fits = rendered.body.length * 3 <= MAX_DOCUMENT_BYTES || Buffer.byteLength(rendered.body) <= MAX_DOCUMENT_BYTES;
  return fits ? rendered : document(announce(SORRY, 'en-GB'));
}
