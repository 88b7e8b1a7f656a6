/** The languages that `<Speak>` reads in a woman's voice, its default (https://www.plivo.com/docs/voice/xml/speak). */
import { createSayLanguage } from '../say-languages.ts';

/** Of each language the first stands in for those of its regions that are not here. */
export const SAY_LANGUAGES = ['da-DK', 'de-DE', 'en-GB', 'en-AU', 'en-US', 'es-ES', 'es-US', 'fr-FR', 'fr-CA', 'it-IT', 'nl-NL', 'pl-PL', 'pt-BR', 'ru-RU', 'sv-SE'] as const;

export const sayLanguage = createSayLanguage(SAY_LANGUAGES);
