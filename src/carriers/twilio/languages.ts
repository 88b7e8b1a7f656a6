/**
 * The languages that `<Say>` takes (https://www.twilio.com/docs/voice/twiml/say, the table of its text-to-speech page;
 * the same as the SDK's type). Twilio fails a document over any other, so none may reach it.
 */
import { createSayLanguage } from '../say-languages.ts';

/** Of each language the first stands in for those of its regions that are not here. */
export const SAY_LANGUAGES = [
  'af-ZA', 'am-ET', 'ar-XA', 'ar-AE', 'arb', 'bg-BG', 'bn-IN', 'ca-ES', 'cmn-CN', 'cmn-TW', 'cs-CZ', 'cy-GB', 'da-DK', 'de-DE', 'de-AT', 'el-GR',
  'en-GB', 'en-AU', 'en-CA', 'en-GB-WLS', 'en-IE', 'en-IN', 'en-NZ', 'en-US', 'en-ZA', 'es-ES', 'es-MX', 'es-US', 'fi-FI', 'fil-PH', 'fr-FR', 'fr-BE', 'fr-CA',
  'gu-IN', 'he-IL', 'hi-IN', 'hu-HU', 'id-ID', 'is-IS', 'it-IT', 'ja-JP', 'kn-IN', 'ko-KR', 'lv-LV', 'ml-IN', 'mr-IN', 'ms-MY', 'nb-NO', 'nl-NL', 'nl-BE',
  'pa-IN', 'pl-PL', 'pt-PT', 'pt-BR', 'ro-RO', 'ru-RU', 'sk-SK', 'sr-RS', 'sv-SE', 'ta-IN', 'te-IN', 'th-TH', 'tr-TR', 'uk-UA', 'vi-VN', 'yue-HK',
  'zh-CN', 'zh-HK', 'zh-TW',
] as const;

/** The language itself, else the nearest of the same language; undefined when Twilio does not speak it. */
export const sayLanguage = createSayLanguage(SAY_LANGUAGES);
