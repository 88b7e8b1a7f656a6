/** What the values of TwiML attributes may be; a rule returns in words what is wrong, or nothing. */
import { parseSipUri } from '../sip/uri.ts';

export type ValueRule = (value: string) => string | undefined;

export const oneOf = (...words: readonly string[]): ValueRule => (value) => (words.includes(value) ? undefined : `must be one of ${words.join(', ')}`);

export const integer = (min: number, max: number): ValueRule => (value) =>
  (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max ? undefined : `must be an integer from ${min} to ${max}`);

export const matching = (pattern: RegExp, words: string): ValueRule => (value) => (pattern.test(value) ? undefined : words);

export const flag = oneOf('true', 'false');
export const method = oneOf('GET', 'POST');

/** Relative or absolute; an absolute one is http or https. At most 4000 characters. */
export const url: ValueRule = (value) => {
  if (value.trim() !== value || value === '' || value.length > 4000) return 'must be a URL';
  try {
    return /^https?:$/.test(new URL(value, 'https://base.invalid/').protocol) ? undefined : 'must be a URL with http or https';
  } catch {
    return 'must be a URL';
  }
};

export const phoneNumber = matching(/^\+[1-9]\d{6,14}$/, 'must be a telephone number in E.164');

/** Header names that `<Sip>` may carry besides X-… (Twilio error 13252). */
const PLAIN_HEADERS: readonly string[] = ['user-to-user', 'remote-party-id', 'p-preferred-identity', 'p-called-party-id'];

export const sipUri: ValueRule = (value) => {
  const uri = parseSipUri(value);
  if (!uri) return 'must be a SIP URI';
  const headerPart = value.includes('?') ? value.length - value.indexOf('?') - 1 : 0;
  if (value.length - headerPart > 255) return 'must not be longer than 255 characters';
  if (headerPart >= 1024) return 'has headers of 1024 characters or more (21227)';
  for (const [name, content] of uri.headers) {
    if (!/^[A-Za-z0-9-]+$/.test(name) || (!/^x-/i.test(name) && !PLAIN_HEADERS.includes(name.toLowerCase()))) return `has the header ${name}, which must begin with X- (13252)`;
    if (!/^[\u0020-\u007E]*$/.test(content)) return `has an illegal character in the header ${name} (21229)`;
  }
  return undefined;
};

/** Languages of <Say> (https://www.twilio.com/docs/voice/twiml/say/text-speech). */
const SAY_LANGUAGES = `af-ZA am-ET ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en-AU en-CA en-GB en-GB-WLS en-IE en-IN en-NZ
  en-US en-ZA es-ES es-MX es-US fi-FI fil-PH fr-BE fr-CA fr-FR gu-IN he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE nl-NL
  pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN zh-HK zh-TW`.split(/\s+/);

export const sayLanguage: ValueRule = (value) => (SAY_LANGUAGES.includes(value) ? undefined : 'is not a language of <Say>');

/** man, woman, alice, or a voice of a provider such as `Polly.Amy-Neural` or `Google.en-GB-Standard-A`. */
export const sayVoice = matching(/^(man|woman|alice|(Polly|Google)\.[A-Za-z0-9-]+)$/, 'is not a voice');
