/** What operators ask of routings at carriers: what is so, try again, and how a conflict is to end. */
import { Failure } from '../domain/errors.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Route } from '../domain/route.ts';
import { createDraft } from '../store/draft.ts';
import type { DueRoutes } from '../store/due-routes.ts';
import type { Deed } from '../store/edit.ts';
import type { RouteStore, RouteUnit } from '../store/route-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';
import { resolved, type Resolution, type Wanted } from './next-write.ts';
import { isRouted, rankFor, wantedFor, type Sight } from './unit-facts.ts';

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
  /** Undefined when nothing is known yet. */
  route: Route | undefined;
  wanted: Wanted;
}

interface Options {
  store: Store;
  routes: RouteStore;
  due: DueRoutes;
  sight(): Sight;
  clock: Clock;
}

const TRIES = 20;

export function createRouteDesk({ store, routes, due, sight, clock }: Options): RouteDesk {
  async function ruleOf(number: string): Promise<NumberRecord> {
    const found = await store.find('numbers', number);
    if (!found) throw new Failure('not_found', 'No such number');
    if ('unreadable' in found) throw new Failure('record_unreadable');
    return found.record;
  }

  async function look(number: string) {
    const rule = await ruleOf(number);
    const unit = { carrier: rule.carrier, unit: number };
    const held = await routes.read(unit);
    if (held.unreadable) throw new Failure('record_unreadable', 'What is known of its routing cannot be read');
    if (!isRouted(rule) && !held.route) throw new Failure('number_not_routed');
    return { rule, unit, held, wanted: wantedFor(sight(), number, rule) };
  }

  async function ask({ rule, unit }: { rule: NumberRecord; unit: RouteUnit }): Promise<void> {
    await due.ask(unit.carrier, [{ unit: unit.unit, rank: rankFor(sight().table, rule) }], clock.now());
  }

  async function note({ unit: name, rule, route }: { unit: RouteUnit; rule: NumberRecord; route: Route }, how: Resolution, deed: Deed): Promise<void> {
    const draft = createDraft();
    // The provider's entry alone: what is set may lead to systems that are not the customer's.
    draft.audit({ ...deed, action: 'routes.resolve', changes: [{ subject: `numbers/${name.unit}`, before: { carrier: rule.carrier, conflict: route.conflict }, after: { how } }] });
    await store.commit(draft);
  }

  return {
    async show(number) {
      const { unit, held, wanted } = await look(number);
      return { unit, route: held.route, wanted };
    },
    async retry(number) {
      const seen = await look(number);
      await ask(seen);
      return { unit: seen.unit, route: seen.held.route, wanted: seen.wanted };
    },
    async resolve(number, how, deed) {
      let noted = false;
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const seen = await look(number);
        const { unit, rule, held: { route, version }, wanted } = seen;
        const next = route && resolved(route, how, wanted);
        if (!route || !next) throw new Failure('conflict_absent');
        // Before it is done: what is given up by it is then on record.
        if (!noted) await note({ unit, rule, route }, how, deed);
        noted = true;
        if ((await routes.save(unit, version, next)) === undefined) continue;
        await ask(seen);
        return { unit, route: next, wanted };
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
  const done = numbers - left;
  if (left === 0 || done === 0) return { numbers, left };
  const perSecond = (done * 1000) / Math.max(1, now - since);
  return { numbers, left, perSecond: Math.round(perSecond * 10) / 10, etaSeconds: Math.ceil(left / perSecond) };
}
