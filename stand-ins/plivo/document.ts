/** Reads an answer as Plivo XML, strictly (https://www.plivo.com/docs/voice/xml). */
import { flag, method, oneOf, readVerbs, said, wholeAddress, within, type Verb } from '../verbs.ts';
import type { Element } from '../xml.ts';

const LANGUAGES = ['da-DK', 'de-DE', 'en-AU', 'en-GB', 'en-US', 'es-ES', 'es-US', 'fr-CA', 'fr-FR', 'it-IT', 'nl-NL', 'pl-PL', 'pt-BR', 'ru-RU', 'sv-SE'];
const digits = (value: string): boolean => /^[1-9][0-9]{6,14}$/.test(value);

const VERBS: Readonly<Record<string, Verb>> = {
  Speak: { attributes: { voice: oneOf('WOMAN', 'MAN'), language: oneOf(...LANGUAGES), loop: within(0, 10) }, text: said(3000) },
  Record: {
    attributes: {
      action: wholeAddress, method, maxLength: within(1, 14_400), timeout: within(1, 3600), finishOnKey: (value) => /^[0-9*#]+$/.test(value), playBeep: flag, redirect: flag, callbackUrl: wholeAddress, callbackMethod: method,
      fileFormat: oneOf('mp3', 'wav'),
    },
  },
  Dial: {
    attributes: {
      action: wholeAddress, method, timeout: within(1, 600), timeLimit: within(1, 86_400), dialMusic: oneOf('real'), redirect: flag, hangupOnStar: flag, callbackUrl: wholeAddress, callbackMethod: method,
      callerId: (value) => digits(value) || /^[A-Za-z0-9_.-]{1,50}$/.test(value), callerName: (value) => value.length <= 50,
      // "Only [A-Z], [a-z] and [0-9] … Additionally, the '%' character".
      sipHeaders: (value) => /^[A-Za-z0-9]+=[A-Za-z0-9%]+(?:,[A-Za-z0-9]+=[A-Za-z0-9%]+)*$/.test(value), confirmSound: wholeAddress, confirmKey: (value) => /^[0-9*#]$/.test(value), confirmTimeout: within(1, 120),
    },
    children: ['Number', 'User'],
  },
  Number: { attributes: { sendDigits: (value) => /^[0-9*#w]+$/.test(value) }, text: digits },
  User: { attributes: {}, text: (value) => /^sips?:[^\s@]+@[^\s@]+$/.test(value) },
  GetInput: {
    attributes: {
      action: wholeAddress, method, inputType: oneOf('dtmf', 'speech', 'dtmf speech'), executionTimeout: within(5, 60), digitEndTimeout: within(2, 10), numDigits: within(1, 32), finishOnKey: (value) => /^(?:[0-9*#]|none|)$/.test(value), redirect: flag,
    },
    children: ['Speak'],
  },
  Hangup: { attributes: { reason: oneOf('rejected', 'busy'), schedule: within(1, 86_400) } },
};
const TOP: readonly string[] = ['Speak', 'Record', 'Dial', 'GetInput', 'Hangup'];

function check(verbs: readonly Element[]): string[] {
  const dialled = verbs.find(({ name }) => name === 'Dial');
  const reasoned = verbs.findIndex(({ attributes }) => 'reason' in attributes);
  return [
    ...(dialled && dialled.children.length !== 1 ? ['<Dial> with not just one to dial'] : []),
    ...(dialled && dialled.children[0]?.name === 'Number' && !digits(dialled.attributes['callerId'] ?? '1000000') ? ['the caller ID of a telephone is no number'] : []),
    ...(reasoned > 0 ? ['<Hangup reason> must be the first verb'] : []),
  ];
}

/** The verbs, or in words what is wrong with the document. */
export function readPlivoXml(contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] } {
  return readVerbs({ verbs: VERBS, top: TOP, check }, contentType, body);
}
