/**
 * What is known of routings at carriers: one record a unit, with its original. Beside the routing table on purpose: no call needs it.
 * A record is written on condition that it is still the one that was read, so a worker that hung and wakes changes nothing.
 */
import type { Redis } from 'ioredis';
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
  /** Units of a diversion after `after`, in order. */
  ofDiversion(diversion: string, after: string | undefined, limit: number): Promise<RouteUnit[]>;
  /** Units in conflict after `after`, in order. */
  inConflict(after: string | undefined, limit: number): Promise<RouteUnit[]>;
  /** How many units of a diversion are in each state. */
  counts(diversion: string): Promise<Record<SyncState, number>>;
  /** Units belong to a diversion before anything is known of them. */
  enlist(diversion: string, units: readonly RouteUnit[]): Promise<void>;
}

const DIVERSION_KEPT_SECONDS = 400 * 86_400;
const PAGE = 500;

const saveScript = loadScript<number>('save-route-4');
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

export function createRouteStore(redis: Redis, confirmed: Confirmed = unconfirmed): RouteStore {
  async function page(key: string, after: string | undefined, limit: number): Promise<RouteUnit[]> {
    const names = await answering(redis.zrange(key, after === undefined ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, limit));
    return names.map(unitOf);
  }

  return {
    read: async ({ carrier, unit }) => heldOf(await answering(redis.hget(keys.routeHome(unit), `${carrier}/${unit}`))),
    async readMany(units) {
      if (units.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const one of units) pipeline.hget(keys.routeHome(one.unit), unitName(one));
      const replies = (await answering(pipeline.exec())) ?? [];
      return Promise.all(replies.map(async ([error, stored]) => heldOf(error ? await answering(Promise.reject(error)) : (stored as string | null))));
    },
    async save(unit, version, route) {
      const { diversion = '', is = 'pending' } = route ?? {};
      const place = diversion === '' ? '' : SYNC_STATES.indexOf(is);
      const fixed = [keys.routeHome(unit.unit), keys.diverted(diversion, 'unit'), keys.diverted(diversion, 'state'), keys.routeConflicts];
      const args = [unitName(unit), version, route === undefined ? '' : JSON.stringify(route), place, DIVERSION_KEPT_SECONDS, is === 'conflict' ? 1 : 0];
      const after = await confirmed(() => answering(saveScript.run(redis, fixed, args)));
      return after < 0 ? undefined : after;
    },
    ofDiversion: (diversion, after, limit) => page(keys.diverted(diversion, 'unit'), after, limit),
    inConflict: (after, limit) => page(keys.routeConflicts, after, limit),
    async counts(diversion) {
      const key = keys.diverted(diversion, 'state');
      const numbers = await answering(Promise.all(SYNC_STATES.map((_, place) => redis.zcount(key, place, place))));
      return Object.fromEntries(SYNC_STATES.map((state, place) => [state, numbers[place] ?? 0])) as Record<SyncState, number>;
    },
    async enlist(diversion, units) {
      for (let from = 0; from < units.length; from += PAGE) {
        const names = units.slice(from, from + PAGE).map(unitName);
        const [unitKey, stateKey] = [keys.diverted(diversion, 'unit'), keys.diverted(diversion, 'state')];
        const scored = (score: number) => names.flatMap((name) => [score, name]);
        const pipeline = redis.pipeline().zadd(unitKey, ...scored(0)).expire(unitKey, DIVERSION_KEPT_SECONDS);
        pipeline.zadd(stateKey, 'NX', ...scored(SYNC_STATES.indexOf('pending'))).expire(stateKey, DIVERSION_KEPT_SECONDS);
        const replies = await answering(pipeline.exec());
        for (const [error] of replies ?? []) if (error) await answering(Promise.reject(error));
      }
    },
  };
}
