/** Reads an answer as BXML, strictly: verbs, attributes and values that Bandwidth does not know make the whole document invalid. */
import { parseXml, type Element } from '../xml.ts';

export type Reading = { verbs: readonly Element[] } | { faults: readonly string[] };

const MAX_BYTES = 64_000;
const LOCALES = ['en_US', 'en_UK', 'de', 'es', 'es_MX', 'fr', 'it'];
const CALLER_WORDS = ['Restricted', 'Anonymous', 'Private', 'Unavailable'];

type Check = (value: string) => boolean;
const isE164: Check = (value) => /^\+[1-9][0-9]{6,14}$/.test(value);
const isUrl: Check = (value) => value.startsWith('/') || /^https?:\/\/[^\s]+$/.test(value);
const isMethod: Check = (value) => value === 'GET' || value === 'POST';
const number = (low: number, high: number): Check => (value) => /^[0-9]+(?:\.[0-9]+)?$/.test(value) && Number(value) >= low && Number(value) <= high;
const any: Check = () => true;
const isUui: Check = (value) => value.length <= 256 && /;encoding=(?:base64|jwt)$/.test(value);

const credentials = { username: any, password: any, fallbackUsername: any, fallbackPassword: any, tag: (value: string) => value.length <= 256 };
/** Address, method and fallback of an event. */
function event(name: string): Record<string, Check> {
  return { [`${name}Url`]: isUrl, [`${name}Method`]: isMethod, [`${name}FallbackUrl`]: isUrl, [`${name}FallbackMethod`]: isMethod };
}

interface Rule {
  attributes: Readonly<Record<string, Check>>;
  children?: readonly string[];
  text?: Check;
}

const TARGET = { ...event('transferAnswer'), transferDisconnectUrl: isUrl, transferDisconnectMethod: isMethod, ...credentials };
const RULES: Readonly<Record<string, Rule>> = {
  Hangup: { attributes: {} },
  Tag: { attributes: {}, text: (value) => value.length <= 256 },
  SpeakSentence: { attributes: { voice: any, gender: (value) => value === 'male' || value === 'female', locale: (value) => LOCALES.includes(value) }, text: (value) => value.trim() !== '' && value.length <= 3000 },
  Transfer: {
    attributes: {
      ...event('transferComplete'), ...credentials, callTimeout: number(1, 300), transferCallerId: (value) => isE164(value) || CALLER_WORDS.includes(value),
      diversionTreatment: (value) => ['none', 'propagate', 'stack'].includes(value), diversionReason: any,
    },
    children: ['PhoneNumber', 'SipUri'],
  },
  PhoneNumber: { attributes: TARGET, text: isE164 },
  SipUri: { attributes: { ...TARGET, uui: isUui }, text: (value) => /^sips?:[^\s]+$/.test(value) },
  Gather: { attributes: { ...event('gather'), ...credentials, maxDigits: number(1, 50), firstDigitTimeout: number(0, 60), interDigitTimeout: number(1, 60), terminatingDigits: any, repeatCount: number(1, 20) }, children: ['SpeakSentence', 'PlayAudio'] },
  Record: {
    attributes: { ...event('recordComplete'), recordingAvailableUrl: isUrl, recordingAvailableMethod: isMethod, ...credentials, maxDuration: number(1, 10_800), silenceTimeout: number(0, 10_800), terminatingDigits: any, fileFormat: any },
  },
};
const NESTED = ['PhoneNumber', 'SipUri'];
/** https://dev.bandwidth.com/docs/voice/webhooks/transferAnswer */
const NOT_ON_CALLED = ['Transfer', 'Bridge', 'Conference', 'Forward'];

function check(element: Element): string[] {
  const { name, attributes, children, text } = element;
  const rule = RULES[name];
  if (!rule) return [`<${name}> is not known`];
  const faults = Object.entries(attributes).flatMap(([attribute, value]) => {
    const valid = rule.attributes[attribute];
    if (!valid) return [`<${name}> has no attribute ${attribute}`];
    return valid(value) ? [] : [`${attribute}="${value}" of <${name}> is not valid`];
  });
  if (rule.text ? !rule.text(text) : text.trim() !== '') faults.push(`the text of <${name}> is not valid`);
  for (const child of children) faults.push(...(rule.children?.includes(child.name) === true ? check(child) : [`<${child.name}> may not stand in <${name}>`]));
  if (name === 'Transfer' && (children.length < 1 || children.length > 8)) faults.push('<Transfer> dials one to eight');
  return faults;
}

export function readBxml(contentType: string, body: string, on: 'caller' | 'called'): Reading {
  if (!/^(?:application|text)\/xml\s*(?:;|$)/i.test(contentType)) return { faults: [`Content-Type ${contentType}`] };
  if (Buffer.byteLength(body) > MAX_BYTES) return { faults: ['too large'] };
  const document = parseXml(body);
  if ('fault' in document) return { faults: [document.fault] };
  const { root } = document;
  if (root.name !== 'Response' || root.text.trim() !== '') return { faults: ['the root is not a plain <Response>'] };
  const faults = root.children.flatMap((verb) => (NESTED.includes(verb.name) || (on === 'called' && NOT_ON_CALLED.includes(verb.name)) ? [`<${verb.name}> may not stand here`] : check(verb)));
  return faults.length > 0 ? { faults } : { verbs: root.children };
}
