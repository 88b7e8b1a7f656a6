/** Which primaries an alert is about, by the map of its source. Pure. */
import type { Mapping } from '../../domain/source.ts';

interface Ready {
  mapping: Mapping;
  wanted: readonly (readonly [name: string, value: string])[];
}

/** Taken apart once: an outage brings a thousand alerts at a time. */
const readyFor = new WeakMap<readonly Mapping[], readonly Ready[]>();

function ready(map: readonly Mapping[]): readonly Ready[] {
  const known = readyFor.get(map);
  if (known) return known;
  const made = map.map((mapping) => ({ mapping, wanted: Object.entries(mapping.match) }));
  readyFor.set(map, made);
  return made;
}

function isSo(wanted: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  return wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}

/** All that match, for one primary the first of them. */
export function mappingsFor(map: readonly Mapping[], labels: Readonly<Record<string, string>>): Mapping[] {
  const value = (name: string): string | undefined => (Object.hasOwn(labels, name) ? labels[name] : undefined);
  const seen = new Set<string>();
  const found: Mapping[] = [];
  for (const { mapping, wanted } of ready(map)) {
    if (seen.has(mapping.primary) || !wanted.every(([name, text]) => isSo(text, value(name)))) continue;
    seen.add(mapping.primary);
    found.push(mapping);
  }
  return found;
}
