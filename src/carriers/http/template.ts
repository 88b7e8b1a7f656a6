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

/** What stands for `name`, the only placeholder, in a text that was made of the template; empty where it has none. Undefined for a text that was not. */
export function valueIn(template: string, name: string, text: string): string | undefined {
  const parts = partsOf(template);
  const places = parts.filter((part) => 'name' in part).length;
  const literals = parts.reduce((length, part) => length + ('text' in part ? part.text.length : 0), 0);
  const [first] = parts;
  const from = first && 'text' in first ? first.text.length : 0;
  const value = places === 0 ? '' : text.slice(from, from + Math.floor((text.length - literals) / places));
  const isSo = (places === 0 || value !== '') && render(template, new Map([[name, value]]), (one) => one) === text;
  return isSo ? value : undefined;
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
