/**
 * Several primaries fail: for how many reasons? A data centre or a carrier that many depend on is one cause, not as many as have it.
 *
 * What is depended on counts as the cause when it is itself failing, or when at least two of those that depend on it fail and none of them is
 * well. Of several the one that explains most is taken first.
 */
import { FAILING, WELL, type Diagnosis } from '../src/domain/diagnosis.ts';

export interface Diagnosed {
  primary: string;
  dependsOn: readonly string[];
  is: Diagnosis;
}

export interface Cause {
  /** The primary itself, or what several depend on. */
  cause: string;
  /** Primaries that fail by it, in the order in which they were given. */
  primaries: readonly string[];
  /** One clause. */
  because: string;
}

/** All that a primary depends on, also through others; each once, also where they go round. */
function roots(primary: string, direct: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const walk = (id: string): void => {
    for (const next of direct.get(id) ?? []) {
      if (next === primary || found.has(next)) continue;
      found.add(next);
      walk(next);
    }
  };
  walk(primary);
  return [...found];
}

/** Every failing primary is in exactly one cause. */
export function causesOf(all: readonly Diagnosed[]): Cause[] {
  const direct = new Map(all.map(({ primary, dependsOn }) => [primary, dependsOn]));
  const dependants = new Map<string, Diagnosed[]>();
  for (const one of all) for (const root of roots(one.primary, direct)) dependants.set(root, [...(dependants.get(root) ?? []), one]);
  const isFailing = ({ is }: Pick<Diagnosed, 'is'>): boolean => FAILING.includes(is);
  const failing = new Set(all.filter(isFailing).map(({ primary }) => primary));
  const shared = [...dependants].flatMap(([root, users]) => {
    const hit = users.filter(isFailing).map(({ primary }) => primary);
    const itself = failing.has(root);
    if (itself ? hit.length === 0 : hit.length < 2 || users.some(({ is }) => WELL.includes(is))) return [];
    return [{ cause: root, itself, hit: itself ? [root, ...hit.filter((id) => id !== root)] : hit }];
  });
  const explained = new Set<string>();
  const causes: Cause[] = [];
  for (const { cause, itself, hit } of shared.toSorted((one, other) => other.hit.length - one.hit.length)) {
    const rest = hit.filter((id) => !explained.has(id));
    if (rest.length < 2) continue;
    for (const id of rest) explained.add(id);
    causes.push({ cause, primaries: rest, because: itself ? `\`${cause}\` fails, and ${rest.length - 1} that depend on it` : `all ${rest.length} that depend on \`${cause}\` fail` });
  }
  const alone = all.filter((one) => failing.has(one.primary) && !explained.has(one.primary));
  return [...causes, ...alone.map(({ primary }) => ({ cause: primary, primaries: [primary], because: `\`${primary}\` alone fails` }))];
}
