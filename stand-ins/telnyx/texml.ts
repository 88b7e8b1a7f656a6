/** Reads an answer as TeXML, strictly: elements, attributes and values that Telnyx documents, and no others (https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs). */
import { parseXml, type Element } from '../xml.ts';

type Rule = (value: string) => boolean;

const within = (least: number, most: number): Rule => (value) => /^[0-9]+$/.test(value) && Number(value) >= least && Number(value) <= most;
const oneOf = (...words: string[]): Rule => (value) => words.includes(value);
const address: Rule = (value) => value !== '' && URL.canParse(value, 'https://base.invalid/');
const method = oneOf('GET', 'POST');
const flag = oneOf('true', 'false');
const number: Rule = (value) => /^\+[1-9][0-9]{6,14}$/.test(value);

interface Verb {
  attributes: Readonly<Record<string, Rule>>;
  children?: readonly string[];
  text?: Rule;
}

const NOUN = { url: address, method };
const VERBS: Readonly<Record<string, Verb>> = {
  Say: { attributes: { voice: oneOf('alice'), language: (value) => /^[a-z]{2,3}(-[A-Z]{2})?(-[A-Z]+)?$/.test(value), loop: within(0, 10) }, text: (value) => value.trim() !== '' },
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

function faultsOf(element: Element): string[] {
  const rule = VERBS[element.name];
  if (!rule) return [`<${element.name}> is not known`];
  const { attributes, children = [], text } = rule;
  return [
    ...Object.entries(element.attributes).flatMap(([name, value]) => ((attributes[name] ?? (() => false))(value) ? [] : [`${name}="${value}" of <${element.name}>`])),
    ...((text ?? ((value: string) => value.trim() === ''))(element.text.trim()) ? [] : [`the text of <${element.name}>`]),
    ...element.children.flatMap((child) => (children.includes(child.name) ? faultsOf(child) : [`<${child.name}> in <${element.name}>`])),
  ];
}

/** The verbs, or in words what is wrong with the document. */
export function readTexml(contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] } {
  if (!/^(?:text|application)\/xml\b/.test(contentType)) return { faults: [`Content-Type ${contentType}`] };
  const document = parseXml(body);
  if ('fault' in document) return { faults: [document.fault] };
  const { root } = document;
  const verbs = root.children;
  const faults = root.name === 'Response' && Object.keys(root.attributes).length === 0 ? [] : ['the root is not a bare <Response>'];
  faults.push(...verbs.flatMap((verb) => (TOP.includes(verb.name) ? faultsOf(verb) : [`<${verb.name}> in <Response>`])));
  const dialled = verbs.find(({ name }) => name === 'Dial');
  if (dialled && dialled.children.length !== 1) faults.push('<Dial> with not just one to dial');
  if (verbs.findIndex(({ name }) => name === 'Reject') > 0) faults.push('<Reject> must be the first verb');
  return faults.length > 0 ? { faults } : { verbs };
}
