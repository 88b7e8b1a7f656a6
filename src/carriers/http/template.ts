/** Templates with named placeholders, `{name}`, and nothing else: no expressions, no defaults, no way to write a brace. */

type Part = { text: string } | { name: string };

/** What is escaped by where it goes; the literal text is as it was written. */
export type Escape = (value: string) => string;

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_.-]*)\}/g;

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of template.matchAll(PLACEHOLDER)) {
    parts.push({ text: template.slice(end, found.index) }, { name: found[1] ?? '' });
    end = found.index + found[0].length;
  }
  return [...parts, { text: template.slice(end) }];
}

export function placeholdersOf(template: string): string[] {
  return partsOf(template).flatMap((part) => ('name' in part ? [part.name] : []));
}

/** Whether there are braces that are no placeholder. */
export function hasStrayBrace(template: string): boolean {
  return /[{}]/.test(template.replace(PLACEHOLDER, ''));
}

/** The name when the template is one placeholder and nothing else. */
export function wholePlaceholder(template: string): string | undefined {
  return /^\{([A-Za-z][A-Za-z0-9_.-]*)\}$/.exec(template)?.[1];
}

/** Names were checked when the description was taken: one without a value is a fault of ours. */
export function render(template: string, values: ReadonlyMap<string, string>, escape: Escape): string {
  return partsOf(template).map((part) => {
    if ('text' in part) return part.text;
    const value = values.get(part.name);
    if (value === undefined) throw new Error(`{${part.name}} has no value`);
    return escape(value);
  }).join('');
}
