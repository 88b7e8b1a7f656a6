/** Which of the languages that a carrier speaks stands in for one that it may not know. */

/** The language itself, else the first in the list of the same language; undefined when the carrier does not speak it. */
export function createSayLanguage(languages: readonly string[]): (wanted: string) => string | undefined {
  const taken: ReadonlySet<string> = new Set(languages);
  const standIns = new Map<string, string>();
  for (const language of languages) {
    const [base = ''] = language.split('-');
    if (!standIns.has(base)) standIns.set(base, language);
  }
  return (wanted) => (taken.has(wanted) ? wanted : standIns.get(wanted.split('-', 1)[0] ?? ''));
}
