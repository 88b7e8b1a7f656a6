/**
 * What is known of routings at carriers: one record a unit, with its original. Beside the routing table on purpose: no call needs it.
 * A record is written on condition that it is still the one that was read, so a worker that hung and wakes changes nothing.
 */
import type { ChainableCommander, Redis } from 'ioredis';
import { Compile } from 'typebox/compile';
import { RouteSchema, SYNC_STATES, type Route, type SyncState } from '../domain/route.ts';
import { answering } from './answering.ts';
import { openEnvelope } from './codec.ts';
import { keys } from './keys.ts';
import { unconfirmed, type Confirmed } from './replica-wait.ts';
import { loadScript } from './script.ts';

export interface RouteUnit {
  carrier: string;
  /** A number in E.164, or `@` and the id at the carrier of what many numbers share. */
  unit: string;
}

const GROUP = '@';

export const groupUnit = (carrier: string, group: string): RouteUnit => ({ carrier, unit: GROUP + group });

/** The id at the carrier of what many numbers share; undefined for a number. */
export const groupIn = ({ unit }: Pick<RouteUnit, 'unit'>): string | undefined => (unit.startsWith(GROUP) ? unit.slice(GROUP.length) : undefined);

export interface HeldRoute {
  /** Changes with every write; 0 when nothing is known. */
  version: number;
  /** Undefined when nothing is known. */
  route: Route | undefined;
  /** There is a record that cannot be read: it is left alone. */
  unreadable?: true;
}

export interface RouteStore {
  read(unit: RouteUnit): Promise<HeldRoute>;
  readMany(units: readonly RouteUnit[]): Promise<HeldRoute[]>;
  /** Undefined forgets it. Resolves with the new version, undefined when somebody was faster; throws `store_unavailable`. */
  save(unit: RouteUnit, version: number, route: Route | undefined): Promise<number | undefined>;
  /** The numbers that were found to be in a group. */
  inGroup(carrier: string, group: string): Promise<string[]>;
  /** Numbers are so as their group is: they are counted as that in its diversion, their own records stay. */
  countAs(units: readonly RouteUnit[], diversion: string, is: SyncState): Promise<void>;
  /** Units of a diversion after `after`, in order. */
  ofDiversion(diversion: string, after: string | undefined, limit: number): Promise<RouteUnit[]>;
  /** Units in conflict after `after`, in order. */
  inConflict(after: string | undefined, limit: number): Promise<RouteUnit[]>;
  /** How many units of a diversion are at a carrier. */
  numbersAt(diversion: string, carrier: string): Promise<number>;
  /** How many units of a diversion are in each state. */
  counts(diversion: string): Promise<Record<SyncState, number>>;
  /** Units belong to a diversion before anything is known of them. */
  enlist(diversion: string, units: readonly RouteUnit[]): Promise<void>;
}

const DIVERSION_KEPT_SECONDS = 400 * 86_400;
const PAGE = 500;

const saveScript = loadScript<number>('save-route-6');
const validator = Compile(RouteSchema);

export const unitName = ({ carrier, unit }: RouteUnit): string => `${carrier}/${unit}`;

export function unitOf(name: string): RouteUnit {
  const slash = name.indexOf('/');
  return { carrier: name.slice(0, slash), unit: name.slice(slash + 1) };
}

function heldOf(stored: string | null): HeldRoute {
  if (stored === null) return { version: 0, route: undefined };
  const envelope = openEnvelope(stored);
  try {
    const value: unknown = JSON.parse(envelope?.payload ?? '');
    if (envelope && validator.Check(value)) return { version: envelope.revision, route: value };
  } catch {
    // Falls through: it cannot be read.
  }
  return { version: envelope?.revision ?? 0, route: undefined, unreadable: true };
}

/** Under a diversion: in order, and, by `state`, by state. */
function list(pipeline: ChainableCommander, diversion: string, scored: readonly (number | string)[], state: () => unknown): void {
  const [unitKey, stateKey] = [keys.diverted(diversion, 'unit'), keys.diverted(diversion, 'state')];
  pipeline.zadd(unitKey, ...scored).expire(unitKey, DIVERSION_KEPT_SECONDS);
  state();
  pipeline.expire(stateKey, DIVERSION_KEPT_SECONDS);
}

async function send(pipeline: ChainableCommander): Promise<void> {
  for (const [error] of (await answering(pipeline.exec())) ?? []) if (error) await answering(Promise.reject(error));
}

export function createRouteStore(redis: Redis, confirmed: Confirmed = unconfirmed): RouteStore {
  async function page(key: string, after: string | undefined, limit: number): Promise<RouteUnit[]> {
    const names = await answering(redis.zrange(key, after === undefined ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, limit));
    return names.map(unitOf);
  }

  return {
    read: async ({ carrier, unit }) => heldOf(await answering(redis.hget(keys.routeHome(unit), `${carrier}/${unit}`))),
    async readMany(units) {
      const found: HeldRoute[] = [];
      for (let from = 0; from < units.length; from += PAGE) {
        const pipeline = redis.pipeline();
        for (const one of units.slice(from, from + PAGE)) pipeline.hget(keys.routeHome(one.unit), unitName(one));
        for (const [error, stored] of (await answering(pipeline.exec())) ?? []) found.push(heldOf(error ? await answering(Promise.reject(error)) : (stored as string | null)));
      }
      return found;
    },
    async save(unit, version, route) {
      const { diversion = '', is = 'pending' } = route ?? {};
      // Of a group its numbers are counted.
      const place = diversion === '' || groupIn(unit) !== undefined ? '' : SYNC_STATES.indexOf(is);
      const fixed = [keys.routeHome(unit.unit), keys.diverted(diversion, 'unit'), keys.diverted(diversion, 'state'), keys.routeConflicts, keys.routeGroups, keys.routeStates];
      const args = [unitName(unit), version, route === undefined ? '' : JSON.stringify(route), place, DIVERSION_KEPT_SECONDS, route?.conflict ? 1 : 0];
      const after = await confirmed(() => answering(saveScript.run(redis, fixed, args)));
      return after < 0 ? undefined : after;
    },
    async inGroup(carrier, group) {
      const prefix = `${unitName(groupUnit(carrier, group))} `;
      const names = await answering(redis.zrange(keys.routeGroups, `[${prefix}`, `(${prefix}\xff`, 'BYLEX'));
      return names.map((name) => name.slice(prefix.length));
    },
    async countAs(units, diversion, is) {
      for (let from = 0; from < units.length; from += PAGE) {
        const names = units.slice(from, from + PAGE).map(unitName);
        const scored = (score: number) => names.flatMap((name) => [score, name]);
        const pipeline = redis.pipeline();
        list(pipeline, diversion, scored(0), () => pipeline.zadd(keys.diverted(diversion, 'state'), ...scored(SYNC_STATES.indexOf(is))));
        await send(pipeline);
      }
    },
    ofDiversion: (diversion, after, limit) => page(keys.diverted(diversion, 'unit'), after, limit),
    inConflict: (after, limit) => page(keys.routeConflicts, after, limit),
    // Behind the slash comes the digit.
    numbersAt: (diversion, carrier) => answering(redis.zlexcount(keys.diverted(diversion, 'unit'), `[${carrier}/`, `(${carrier}0`)),
    async counts(diversion) {
      const key = keys.diverted(diversion, 'state');
      const numbers = await answering(Promise.all(SYNC_STATES.map((_, place) => redis.zcount(key, place, place))));
      return Object.fromEntries(SYNC_STATES.map((state, place) => [state, numbers[place] ?? 0])) as Record<SyncState, number>;
    },
    async enlist(diversion, units) {
      for (let from = 0; from < units.length; from += PAGE) {
        const names = units.slice(from, from + PAGE).map(unitName);
        const scored = (score: number) => names.flatMap((name) => [score, name]);
        const pipeline = redis.pipeline();
        list(pipeline, diversion, scored(0), () => pipeline.zadd(keys.diverted(diversion, 'state'), 'NX', ...scored(SYNC_STATES.indexOf('pending'))));
        await send(pipeline);
      }
    },
  };
}
