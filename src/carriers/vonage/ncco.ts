/** Writes our answers as NCCO, Vonage's JSON of actions (https://developer.vonage.com/en/voice/voice-api/ncco-reference). */
import { isE164 } from '../../domain/phone-number.ts';
import type { Answer, Asked, Rendered } from '../dialect.ts';
import { MARK_HEADER } from '../mark.ts';
import { isSipUri } from '../party.ts';
import { markScreened } from '../screened.ts';
import { speechPieces } from '../speech.ts';
import { sayLanguage } from './languages.ts';
import { placed } from './place.ts';

/** No figure is published. */
export const MAX_DOCUMENT_BYTES = 64_000;
/** "A string of up to 1,500 characters". */
export const MAX_TALK = 1_500;
const SORRY = 'We are sorry, your call cannot be taken at the moment. Please try again later.';

type Action = Readonly<Record<string, unknown>>;

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, Math.floor(value))) : low;
}

const digits = (number: string): string => number.replace('+', '');

function talk(text: string, language: string, more: Action = {}): Action[] {
  if (text.trim() === '') return [];
  const known = sayLanguage(language);
  return speechPieces(text, MAX_TALK).map((piece) => ({ action: 'talk', text: piece, ...(known === undefined ? {} : { language: known }), ...more }));
}

/** Towards a telephone the number that was called, for any other is shown as unknown; towards a SIP address who calls. */
function callerOf({ step, callerId }: Extract<Answer, { do: 'dial' }>, { number, from }: Asked): Action {
  const caller = isSipUri(step.to) && isE164(from) ? from : (number ?? callerId);
  return caller === undefined ? {} : { from: digits(caller) };
}

/** Vonage puts `X-` before the names of headers. */
const MARK_NAME = MARK_HEADER.replace(/^X-/, '');

function dial(answer: Extract<Answer, { do: 'dial' }>, asked: Asked): Action {
  const { step, mark, afterUrl, screenUrl } = answer;
  const endpoint = isSipUri(step.to) ? { type: 'sip', uri: step.to, headers: { [MARK_NAME]: mark } } : { type: 'phone', number: digits(step.to) };
  // Nobody who was called can be hung up on by an NCCO, so nobody can be asked to press a key: a machine is hung up on instead.
  const after = placed(afterUrl, asked);
  const screening = screenUrl === undefined ? {} : { machineDetection: 'hangup' };
  return {
    action: 'connect', eventType: 'synchronous', eventUrl: [screenUrl === undefined ? after : markScreened(after)], eventMethod: 'POST', timeout: clamp(step.ringSeconds, 5, 7200), ...callerOf(answer, asked), ...screening, endpoint: [endpoint],
  };
}

function voicemail({ step, language, recordedUrl }: Extract<Answer, { do: 'voicemail' }>, asked: Asked): Action[] {
  return [...talk(step.say, language), { action: 'record', eventUrl: [placed(recordedUrl, asked)], eventMethod: 'POST', endOnSilence: 10, endOnKey: '#', timeOut: clamp(step.maxSeconds, 3, 7200), beepStart: true, format: 'mp3' }];
}

function announce(text: string, language: string): Action[] {
  const said = talk(text, language);
  return said.length > 0 ? said : talk(SORRY, 'en-GB');
}

function actionsOf(answer: Answer, asked: Asked): Action[] {
  switch (answer.do) {
    case 'dial': return [dial(answer, asked)];
    case 'voicemail': return voicemail(answer, asked);
    case 'announce': return announce(answer.say, answer.language);
    case 'screen':
    case 'ask': return [...talk(answer.say, answer.language, { bargeIn: true }), { action: 'input', type: ['dtmf'], dtmf: { maxDigits: 1, timeOut: 8 }, eventUrl: [placed(answer.pressedUrl, asked)], eventMethod: 'POST' }];
    // "When all actions in an NCCO are completed, the call ends"; there is no action that refuses one.
    case 'connect':
    case 'reject':
    case 'hangup': return [];
  }
}

function document(actions: readonly Action[]): Rendered {
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(actions) };
}

export function renderNcco(answer: Answer, asked: Asked): Rendered {
  const rendered = document(actionsOf(answer, asked));
  return Buffer.byteLength(rendered.body) <= MAX_DOCUMENT_BYTES ? rendered : document(announce(SORRY, 'en-GB'));
}
