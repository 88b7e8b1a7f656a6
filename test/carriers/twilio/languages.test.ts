/** The languages of `<Say>`: just those of Twilio's SDK, and the nearest one for any other. */
import type VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { ASKED } from '../contract.ts';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/carriers/dialect.ts';
import { twilioDialect } from '../../../src/carriers/twilio/dialect.ts';
import { SAY_LANGUAGES, sayLanguage } from '../../../src/carriers/twilio/languages.ts';

type Ours = (typeof SAY_LANGUAGES)[number];
type Theirs = NonNullable<VoiceResponse.SayAttributes['language']>;
/** Does not compile when one of the two has a language that the other has not. */
const same: [Exclude<Ours, Theirs>, Exclude<Theirs, Ours>] extends [never, never] ? true : never = true;

describe('languages of <Say>', () => {
  it('are those of the SDK, none twice', () => {
    expect(same).toBe(true);
    expect(new Set(SAY_LANGUAGES).size).toBe(SAY_LANGUAGES.length);
    for (const language of SAY_LANGUAGES) expect(sayLanguage(language)).toBe(language);
  });

  it.each([
    ['de-CH', 'de-DE'], ['de', 'de-DE'], ['en-JM', 'en-GB'], ['fr-LU', 'fr-FR'], ['ar-EG', 'ar-XA'], ['pt-AO', 'pt-PT'], ['fil', 'fil-PH'],
    ['xx-XX', undefined], ['', undefined], ['ga-IE', undefined],
  ])('%s is said as %s', (wanted, said) => {
    expect(sayLanguage(wanted)).toBe(said);
  });

  it('leaves the attribute out of a document when Twilio does not speak the language', () => {
    const announce = (language: string): Answer => ({ do: 'announce', say: 'Dia dhuit', language });
    expect(twilioDialect.render(announce('ga-IE'), ASKED).body).toContain('<Say>Dia dhuit</Say>');
    expect(twilioDialect.render(announce('de-CH'), ASKED).body).toContain('<Say language="de-DE">Dia dhuit</Say>');
  });

  it.each([[0, '2'], [1, '2'], [Number.NaN, '2'], [60, '60'], [99_999, '3600']])('a message of %d seconds at most is recorded with maxLength %s', (maxSeconds, maxLength) => {
    const { body } = twilioDialect.render({ do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'x', maxSeconds }, language: 'en-GB', doneUrl: '/d', recordedUrl: '/r' }, ASKED);
    expect(body).toContain(`maxLength="${maxLength}"`);
  });
});
