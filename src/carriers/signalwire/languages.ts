/** The languages of `<Say>` that need no voice of their own (https://developer.signalwire.com/compatibility-api/cxml/voice/say). */
import { createSayLanguage } from '../say-languages.ts';

/** Of each language the first stands in for those of its regions that are not here. */
export const SAY_LANGUAGES = [
  'arb', 'cy-GB', 'da-DK', 'de-DE', 'en-GB', 'en-AU', 'en-CA', 'en-GB-WLS', 'en-IN', 'en-US', 'es-ES', 'es-MX', 'es-US', 'fr-FR', 'fr-CA', 'is-IS', 'it-IT', 'ja-JP', 'ko-KR',
  'nb-NO', 'nl-NL', 'pl-PL', 'pt-PT', 'pt-BR', 'ro-RO', 'ru-RU', 'sv-SE', 'tr-TR', 'zh-CN',
] as const;

export const sayLanguage = createSayLanguage(SAY_LANGUAGES);
