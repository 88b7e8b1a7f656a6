/** Reads an answer as TeXML, strictly: elements, attributes and values that Telnyx documents, and no others (https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs). */
import { address, flag, method, number, oneOf, readVerbs, said, within, type Verb } from '../verbs.ts';
import type { Element } from '../xml.ts';

const NOUN = { url: address, method };
const VERBS: Readonly<Record<string, Verb>> = {
  Say: { attributes: { voice: oneOf('alice'), language: (value) => /^[a-z]{2,3}(-[A-Z]{2})?(-[A-Z]+)?$/.test(value), loop: within(0, 10) }, text: said(3000) },
  Gather: { attributes: { action: address, numDigits: within(1, 128), timeout: within(1, 120), finishOnKey: (value) => /^[0-9*#]?$/.test(value), input: oneOf('dtmf') }, children: ['Say'] },
  Record: {
    attributes: {
      action: address, method, finishOnKey: (value) => /^[0-9*#]+$/.test(value), maxLength: within(0, 14_400), playBeep: flag, trim: oneOf('trim-silence'),
      recordingStatusCallback: address, recordingStatusCallbackMethod: method, recordingStatusCallbackEvent: oneOf('in-progress', 'completed'),
    },
  },
  Dial: {
    attributes: { action: address, method, callerId: number, fromDisplayName: (value) => /^[A-Za-z0-9 _~!.+-]{1,128}$/.test(value), timeout: within(5, 120), timeLimit: within(60, 14_400), answerOnBridge: flag, passDiversionHeader: flag },
    children: ['Number', 'Sip'],
  },
  Number: { attributes: NOUN, text: number },
  Sip: { attributes: NOUN, text: (value) => /^sips?:[^\s@]+@[^\s@]+$/.test(value) },
  Hangup: { attributes: {} },
  Reject: { attributes: { reason: oneOf('rejected', 'busy') } },
};
const TOP: readonly string[] = ['Say', 'Gather', 'Record', 'Dial', 'Hangup', 'Reject'];

function check(verbs: readonly Element[]): string[] {
  const dialled = verbs.find(({ name }) => name === 'Dial');
  return [
    ...(dialled && dialled.children.length !== 1 ? ['<Dial> with not just one to dial'] : []),
    ...(verbs.findIndex(({ name }) => name === 'Reject') > 0 ? ['<Reject> must be the first verb'] : []),
  ];
}

/** The verbs, or in words what is wrong with the document. */
export function readTexml(contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] } {
  return readVerbs({ verbs: VERBS, top: TOP, check }, contentType, body);
}
