/** What is wanted of a number that is to be moved with all that share its group: nothing of itself while the group is moved as one, else what it would want alone. */
import { Failure } from '../domain/errors.ts';
import { isBound, type Route } from '../domain/route.ts';
import type { HeldRoute } from '../store/route-store.ts';
import type { Seen, UnitFacts } from './reconcile.ts';
import type { Wanted } from './next-write.ts';
import { AS_IT_WAS } from './unit-facts.ts';

type Member = Pick<UnitFacts, 'wanted' | 'group' | 'mixed' | 'served' | 'unable'>;

/** What is wanted of it by itself, and whether the carrier can set single numbers. */
interface Alone {
  alone(): Wanted;
  canAlone: boolean;
}

const ALONE_NOT = 'The number is on no trunk or application, and this carrier cannot set single numbers';
const MIXED_NOT = 'The trunk or application that it is on is not moved as one, and this carrier cannot set single numbers';

/**
 * By itself, though its group is to be moved as one: when the carrier refuses to move that, and back only once it leads where the number is to
 * go, so that its calls never go to the primary in between.
 */
function forsaken(known: Route | undefined, group: Route | undefined, { alone }: Pick<Alone, 'alone'>): boolean {
  if (group === undefined) return known !== undefined && isBound(known);
  return group.is !== 'diverted' && (known?.divert !== undefined || group.is === 'failed') && alone().route.is === 'diverted';
}

/** `group`: what is known of the group that has its calls; undefined when none has. */
export function memberFacts({ alone, canAlone }: Alone, seen: Seen, group: HeldRoute | undefined): Member {
  const unable = (code: 'carrier_ability_missing' | 'group_mixed', why: string): Member => ({ wanted: AS_IT_WAS, unable: new Failure(code, why) });
  if (seen.group === undefined || !group) return canAlone ? { wanted: alone() } : unable('carrier_ability_missing', ALONE_NOT);
  if (group.unreadable) throw new Failure('record_unreadable', 'What is known of its trunk or application cannot be read');
  const place = { group: seen.group, mixed: group.route?.mixed };
  if (place.mixed) return canAlone ? { wanted: alone(), ...place } : { ...unable('group_mixed', MIXED_NOT), ...place };
  // As long as it is moved by itself, it says why it was.
  if (canAlone && forsaken(seen.known, group.route, { alone })) return { wanted: alone(), group: seen.group, mixed: seen.known?.mixed };
  return { wanted: AS_IT_WAS, group: seen.group, served: { is: group.route?.is ?? 'pending', diversion: group.route?.diversion } };
}
