/**
 * Writes our answers as TwiML, by template strings: several times faster than the SDK's builder, which the tests
 * compare it with. Whatever is asked for, the document is well-formed and within Twilio's limit.
 */
import type { Answer, Rendered } from '../dialect.ts';
import { MARK_HEADER } from '../mark.ts';
import { isSipUri } from '../party.ts';
import { xml, xmlChars } from '../xml.ts';
import { sayLanguage } from './languages.ts';

/** Twilio takes 64 kB (error 11750); the smaller reading of that. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** `<Say>` takes 4,096 characters (https://www.twilio.com/docs/voice/twiml/say). */
export const MAX_SAY = 4_000;
/** "Twilio always adds a five-second timeout buffer" (https://www.twilio.com/docs/voice/twiml/dial). */
const DIAL_BUFFER_SECONDS = 5;
/** "maxLength … must be greater than 1" (https://www.twilio.com/docs/voice/twiml/record). */
const MIN_RECORD_SECONDS = 2;
const SORRY = 'We are sorry, your call cannot be taken at the moment. Please try again later.';
const NO_MESSAGE = 'No message was recorded. Goodbye.';

function document(content: string): Rendered {
  return { contentType: 'text/xml; charset=utf-8', body: `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>` };
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.floor(value))) : low;
}

/** Pieces that `<Say>` takes, cut after a blank where there is one and never inside a character. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > MAX_SAY) {
    const blank = rest.lastIndexOf(' ', MAX_SAY - 1);
    const pair = /[\ud800-\udbff]/.test(rest[MAX_SAY - 1] ?? '');
    const cut = blank > 0 ? blank + 1 : MAX_SAY - (pair ? 1 : 0);
    found.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...found, rest];
}

/** Nothing at all for a text that has nothing to say. */
function say(text: string, language: string): string {
  const spoken = xmlChars(text);
  if (spoken.trim() === '') return '';
  // Longer than a document can be: render() then says something plain instead.
  if (spoken.length > MAX_DOCUMENT_BYTES) return spoken;
  const known = sayLanguage(language);
  const attribute = known === undefined ? '' : ` language="${known}"`;
  return pieces(spoken).map((piece) => `<Say${attribute}>${xml(piece)}</Say>`).join('');
}

/** The SIP address with our mark as a header of the call (https://www.twilio.com/docs/voice/twiml/sip). */
function marked(uri: string, mark: string): string {
  const clean = xmlChars(mark);
  if (clean === '') return uri;
  const joint = uri.includes('?') ? (/[?&]$/.test(uri) ? '' : '&') : '?';
  return `${uri}${joint}${MARK_HEADER}=${encodeURIComponent(clean)}`;
}

function dial(answer: Extract<Answer, { do: 'dial' }>): string {
  const { step, callerId, mark, afterUrl, screenUrl } = answer;
  const timeout = clamp(step.ringSeconds - DIAL_BUFFER_SECONDS, 5, 600);
  const caller = callerId === undefined ? '' : ` callerId="${xml(callerId)}"`;
  const screen = screenUrl === undefined ? '' : ` url="${xml(screenUrl)}" method="POST"`;
  const noun = isSipUri(step.to) ? `<Sip${screen}>${xml(marked(step.to, mark))}</Sip>` : `<Number${screen}>${xml(step.to)}</Number>`;
  return `<Dial answerOnBridge="true" timeout="${timeout}" action="${xml(afterUrl)}" method="POST"${caller}>${noun}</Dial>`;
}

/** A silent caller never reaches `doneUrl`: Twilio goes on in this document instead. */
function voicemail(answer: Extract<Answer, { do: 'voicemail' }>): string {
  const { step, language, doneUrl, recordedUrl } = answer;
  const goodbye = language.startsWith('en') ? say(NO_MESSAGE, language) : '';
  return `${say(step.say, language)}<Record maxLength="${clamp(step.maxSeconds, MIN_RECORD_SECONDS, 3600)}" playBeep="true" timeout="10" finishOnKey="#" trim="trim-silence"`
    + ` action="${xml(doneUrl)}" method="POST" recordingStatusCallback="${xml(recordedUrl)}" recordingStatusCallbackMethod="POST"`
    + ` recordingStatusCallbackEvent="completed"/>${goodbye}<Hangup/>`;
}

/** Played to who was called, before the two are connected; the end of the document connects them. */
function screen(answer: Extract<Answer, { do: 'screen' }>): string {
  const prompt = say(answer.say, answer.language);
  return `<Gather numDigits="1" timeout="8" actionOnEmptyResult="false" action="${xml(answer.pressedUrl)}" method="POST">${prompt}</Gather>`
    + (answer.failOpen ? '' : '<Hangup/>');
}

function announce(text: string, language: string): string {
  return `${say(text, language) || say(SORRY, 'en-GB')}<Hangup/>`;
}

function contentOf(answer: Answer): string {
  switch (answer.do) {
    case 'dial': return dial(answer);
    case 'voicemail': return voicemail(answer);
    case 'announce': return announce(answer.say, answer.language);
    case 'screen': return screen(answer);
    case 'connect': return '';
    // https://www.twilio.com/docs/voice/twiml/reject: as the first verb, before anything has answered the call.
    case 'reject': return '<Reject reason="busy"/>';
    case 'hangup': return '<Hangup/>';
  }
}

export function renderTwiml(answer: Answer): Rendered {
  const rendered = document(contentOf(answer));
  // Three bytes are the most that a UTF-16 unit takes in UTF-8: short documents need no counting.
  const fits = rendered.body.length * 3 <= MAX_DOCUMENT_BYTES || Buffer.byteLength(rendered.body) <= MAX_DOCUMENT_BYTES;
  return fits ? rendered : document(announce(SORRY, 'en-GB'));
}
