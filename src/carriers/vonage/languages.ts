/** The languages of `talk` (https://developer.vonage.com/en/voice/voice-api/concepts/text-to-speech). */
import { createSayLanguage } from '../say-languages.ts';

/** Of each language the first stands in for those of its regions that are not here. */
export const SAY_LANGUAGES = [
  'ar', 'ca-ES', 'cmn-CN', 'cmn-TW', 'cs-CZ', 'cy-GB', 'da-DK', 'de-DE', 'el-GR', 'en-GB', 'en-AU', 'en-GB-WLS', 'en-IN', 'en-US', 'en-ZA', 'es-ES', 'es-MX', 'es-US', 'eu-ES', 'fi-FI',
  'fil-PH', 'fr-FR', 'fr-CA', 'he-IL', 'hi-IN', 'hu-HU', 'id-ID', 'is-IS', 'it-IT', 'ja-JP', 'ko-KR', 'nb-NO', 'nl-NL', 'pl-PL', 'pt-PT', 'pt-BR', 'ro-RO', 'ru-RU', 'sk-SK', 'sv-SE',
  'ta-IN', 'th-TH', 'tr-TR', 'uk-UA', 'vi-VN', 'yue-CN',
] as const;

export const sayLanguage = createSayLanguage(SAY_LANGUAGES);
