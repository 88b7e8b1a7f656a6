/** Reads an answer as cXML, strictly (https://developer.signalwire.com/compatibility-api/cxml/voice). */
import { address, flag, method, number, oneOf, readVerbs, said, wholeAddress, within, type Verb } from '../verbs.ts';
import type { Element } from '../xml.ts';

const NOUN = { url: address, method };
const VERBS: Readonly<Record<string, Verb>> = {
  Say: { attributes: { voice: oneOf('man', 'woman', 'alice'), language: (value) => /^[a-z]{2,3}(-[A-Z]{2})?(-[A-Z]+)?$/.test(value), loop: within(0, 10) }, text: said(4096) },
  Gather: { attributes: { action: wholeAddress, method, numDigits: within(1, 128), timeout: within(1, 600), finishOnKey: (value) => /^[0-9*#]?$/.test(value), input: oneOf('dtmf'), actionOnEmptyResult: flag }, children: ['Say'] },
  Record: {
    attributes: {
      action: address, method, timeout: within(1, 600), finishOnKey: (value) => /^[0-9*#]+$/.test(value), maxLength: within(0, 14_400), playBeep: flag, trim: oneOf('trim-silence', 'do-not-trim'),
      recordingStatusCallback: address, recordingStatusCallbackMethod: method, recordingStatusCallbackEvent: oneOf('completed', 'in-progress', 'absent'),
    },
  },
  Dial: {
    attributes: { action: wholeAddress, method, callerId: (value) => /^[A-Za-z0-9+_.,-]{1,64}$/.test(value), timeout: within(5, 600), timeLimit: within(1, 86_400), answerOnBridge: flag },
    children: ['Number', 'Sip'],
  },
  Number: { attributes: NOUN, text: number },
  // Without a transport it would be TLS.
  Sip: { attributes: NOUN, text: (value) => /^(?:sip:[^\s@?]+@[^\s@?]+;transport=(?:udp|tcp|tls)|sips:[^\s@?]+@[^\s@?]+)(?:\?\S*)?$/.test(value) },
  Hangup: { attributes: {} },
  Reject: { attributes: { reason: oneOf('rejected', 'busy') } },
};
const TOP: readonly string[] = ['Say', 'Gather', 'Record', 'Dial', 'Hangup', 'Reject'];

function check(verbs: readonly Element[]): string[] {
  const dialled = verbs.find(({ name }) => name === 'Dial');
  const [noun] = dialled?.children ?? [];
  const caller = dialled?.attributes['callerId'];
  return [
    ...(dialled && dialled.children.length !== 1 ? ['<Dial> with not just one to dial'] : []),
    ...(noun?.name === 'Number' && caller !== undefined && !number(caller) ? ['the caller ID of a telephone is no number'] : []),
    ...(verbs.findIndex(({ name }) => name === 'Reject') > 0 ? ['<Reject> must be the first verb'] : []),
  ];
}

/** The verbs, or in words what is wrong with the document. */
export function readCxml(contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] } {
  return readVerbs({ verbs: VERBS, top: TOP, check }, contentType, body);
}
