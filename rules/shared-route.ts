/**
 * Of numbers that one write moves together, those on one trunk or application: may they be moved together, and where to? Only when
 * every one of them is to be moved so, with the same primary, to the same. Otherwise some call would go where nobody wanted it.
 *
 * Holds for every verdict: a route is that of each of them, now and once their primary has failed; without one, it is told what stands in
 * the way, in how many of them, and which is the first.
 */
import type { Mixed } from '../src/domain/route.ts';
import type { Target } from '../src/domain/target.ts';
import type { DesiredRoute } from './desired-route.ts';

export interface Sharing {
  number: string;
  /** Undefined when it is not to be moved with the others. */
  asks: { primary: string; route: DesiredRoute; ifDown: DesiredRoute } | undefined;
}

const text = (value: unknown): string => JSON.stringify(value);
const goes = ({ is, targets }: DesiredRoute): string => text([is, targets]);

type Asking = Sharing & { asks: NonNullable<Sharing['asks']> };

const isAsking = (one: Sharing): one is Asking => one.asks !== undefined;

/** What is not as the most are; `undefined` when all are alike. */
function odd(why: Mixed['why'], members: readonly Asking[], keyOf: (one: Asking) => string): Mixed | undefined {
  const keys = members.map(keyOf);
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size < 2) return undefined;
  const [most] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best));
  const others = members.filter((_, at) => keys[at] !== most);
  return { why, count: others.length, ...(others[0] ? { number: others[0].number } : {}) };
}

/** The safety net is one that all of them want; `otherwise`, where they want different ones: of that nobody's calls are led astray. */
export function sharedRoute(members: readonly Sharing[], otherwise?: Target): { route: DesiredRoute } | { mixed: Mixed } {
  const asking = members.filter(isAsking);
  const silent = members.filter((one) => !isAsking(one));
  const [first] = asking;
  if (!first || silent.length > 0) return { mixed: { why: 'not-asked', count: silent.length, ...(silent[0] ? { number: silent[0].number } : {}) } };
  const mixed = odd('primaries', asking, ({ asks }) => asks.primary) ?? odd('routes', asking, ({ asks }) => `${goes(asks.route)} ${goes(asks.ifDown)}`);
  if (mixed) return { mixed };
  const { route } = first.asks;
  return { route: asking.every(({ asks }) => text(asks.route.net) === text(route.net)) ? route : { ...route, net: otherwise } };
}
