/** Which primaries an alert is about, by the map of its source. Pure. */
import type { Mapping } from '../../domain/source.ts';

function isSo(wanted: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  return wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
}

/** All that match, for one primary the first of them. */
export function mappingsFor(map: readonly Mapping[], labels: Readonly<Record<string, string>>): Mapping[] {
  const value = (name: string): string | undefined => (Object.hasOwn(labels, name) ? labels[name] : undefined);
  const matching = map.filter(({ match }) => Object.entries(match).every(([name, wanted]) => isSo(wanted, value(name))));
  return matching.filter(({ primary }, at) => matching.findIndex((other) => other.primary === primary) === at);
}
