/** The languages of `<Say voice="alice">` (https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/say, and `language` of the API's speak command). */
import { createSayLanguage } from '../say-languages.ts';

/** Of each language the first stands in for those of its regions that are not here. */
export const SAY_LANGUAGES = [
  'arb', 'cmn-CN', 'cy-GB', 'da-DK', 'de-DE', 'en-GB', 'en-AU', 'en-GB-WLS', 'en-IN', 'en-US', 'es-ES', 'es-MX', 'es-US', 'fr-FR', 'fr-CA', 'hi-IN', 'is-IS',
  'it-IT', 'ja-JP', 'ko-KR', 'nb-NO', 'nl-NL', 'pl-PL', 'pt-PT', 'pt-BR', 'ro-RO', 'ru-RU', 'sv-SE', 'tr-TR',
] as const;

export const sayLanguage = createSayLanguage(SAY_LANGUAGES);
