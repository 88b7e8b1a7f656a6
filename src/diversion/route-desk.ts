/** What operators ask of routings at carriers: what is so, try again, and how a conflict is to end. */
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import { originalOf, type Route } from '../domain/route.ts';
import { createDraft } from '../store/draft.ts';
import type { DueRoutes } from '../store/due-routes.ts';
import type { Deed } from '../store/edit.ts';
import type { MemberLists } from '../store/member-lists.ts';
import { groupUnit, type RouteStore, type RouteUnit } from '../store/route-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';
import { resolved, type Resolution, type Wanted } from './next-write.ts';
import { placedRoute, type PlacedRoute } from './placed-route.ts';
import { wantedFallback } from './kept-fallback.ts';
import { AS_IT_WAS, isRouted, rankFor, wantedFor, type Sight } from './unit-facts.ts';

export interface RouteDesk {
  /** Throws `not_found` or `number_not_routed`. */
  show(number: string): Promise<ShownRoute>;
  /** It is looked at at once; what is in conflict stays so. Throws what `show` throws. */
  retry(number: string): Promise<ShownRoute>;
  /** Throws what `show` throws, `conflict_absent` or `write_contended`. */
  resolve(number: string, how: Resolution, deed: Deed): Promise<ShownRoute>;
}

export interface ShownRoute {
  unit: RouteUnit;
  placed: PlacedRoute;
  wanted: Wanted;
}

interface Options {
  store: Store;
  routes: RouteStore;
  due: DueRoutes;
  lists: Pick<MemberLists, 'forget'>;
  sight(): Sight;
  clock: Clock;
}

const TRIES = 20;

interface Contested {
  unit: RouteUnit;
  version: number;
  route: Route;
  conflict: NonNullable<Route['conflict']>;
  wanted: Wanted;
  /** Undefined for the number itself. */
  group: string | undefined;
}

export function createRouteDesk({ store, routes, due, lists, sight, clock }: Options): RouteDesk {
  async function ruleOf(number: string): Promise<NumberRecord> {
    const found = await store.find('numbers', number);
    if (!found) throw new Failure('not_found', 'No such number');
    if ('unreadable' in found) throw new Failure('record_unreadable');
    return found.record;
  }

  async function look(number: string) {
    const rule = await ruleOf(number);
    const unit = { carrier: rule.carrier, unit: number };
    const own = await routes.read(unit);
    const group = own.route?.group === undefined ? undefined : groupUnit(rule.carrier, own.route.group);
    const shared = group && (await routes.read(group));
    if (own.unreadable || shared?.unreadable) throw new Failure('record_unreadable', 'What is known of its routing cannot be read');
    if (!isRouted(rule) && !own.route) throw new Failure('number_not_routed');
    const placed = placedRoute(own.route, shared?.route);
    const seen = sight();
    const wanted = wantedFallback(seen, number, rule) ?? wantedFor(seen, number, rule, placed.group?.moved === true ? { group: placed.group.ref } : { seen: originalOf(own.route) });
    return { rule, unit, own, group, shared, placed, wanted };
  }

  type Seen = Awaited<ReturnType<typeof look>>;

  /** The number, and what it is moved with. */
  async function ask({ rule, unit, own, group }: Seen): Promise<void> {
    await lists.forget(unit.carrier, own.route?.group === undefined ? [] : [own.route.group]);
    const rank = rankFor(sight().table, rule);
    await due.ask(unit.carrier, [unit, ...(group ? [group] : [])].map((one) => ({ unit: one.unit, rank })), clock.now());
  }

  async function note({ unit, rule }: Seen, { group, conflict }: Contested, how: Resolution, deed: Deed): Promise<void> {
    const draft = createDraft();
    // The provider's entry alone: what is set may lead to systems that are not the customer's.
    draft.audit({ ...deed, action: 'routes.resolve', changes: [{ subject: `numbers/${unit.unit}`, before: { carrier: rule.carrier, ...(group === undefined ? {} : { group }), conflict }, after: { how } }] });
    await store.commit(draft);
  }

  /** What is in conflict: the number itself, or what it is moved with. */
  function contested({ unit, own, group, shared, wanted }: Seen): Contested | undefined {
    if (own.route?.conflict) return { unit, version: own.version, route: own.route, conflict: own.route.conflict, wanted, group: undefined };
    if (!group || !shared?.route?.conflict) return undefined;
    return { unit: group, version: shared.version, route: shared.route, conflict: shared.route.conflict, wanted: shared.route.mixed ? AS_IT_WAS : wanted, group: own.route?.group };
  }

  const shownOf = ({ unit, placed, wanted }: Seen): ShownRoute => ({ unit, placed, wanted });

  return {
    show: async (number) => shownOf(await look(number)),
    async retry(number) {
      const seen = await look(number);
      await ask(seen);
      return shownOf(seen);
    },
    async resolve(number, how, deed) {
      let noted = false;
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const seen = await look(number);
        const found = contested(seen);
        const next = found && resolved(found.route, how, found.wanted);
        if (!found || !next) throw new Failure('conflict_absent');
        // Before it is done: what is given up by it is then on record.
        if (!noted) await note(seen, found, how, deed);
        noted = true;
        if ((await routes.save(found.unit, found.version, next)) === undefined) continue;
        await ask(seen);
        return shownOf(await look(number));
      }
      throw new Failure('write_contended');
    },
  };
}

export interface RouteProgress {
  numbers: number;
  /** Not yet as they are to be. */
  left: number;
  perSecond?: number;
  etaSeconds?: number;
}

/** How far a diversion has come; `since` is when it began, or when its end did. Milliseconds since 1970. */
export function progressOf(counts: Readonly<Record<Route['is'], number>>, ended: boolean, since: number, now: number): RouteProgress {
  const numbers = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const left = counts.pending + (ended ? counts.diverted : 0);
  // What failed at once says nothing of how fast the others are moved.
  const moved = ended ? counts['in step'] : counts.diverted;
  if (left === 0 || moved === 0) return { numbers, left };
  const perSecond = (moved * 1000) / Math.max(1, now - since);
  return { numbers, left, perSecond: Math.round(perSecond * 10) / 10, etaSeconds: Math.ceil(left / perSecond) };
}
