/**
 * A look at what many numbers share, a trunk or an application: who is on it, by the carrier's own word, and what all of them together
 * want. It is moved only when every number on it is to be moved with it; else what we set is put back, after its numbers have been moved
 * by themselves.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { sharedRoute, type Sharing } from '../../rules/shared-route.ts';
import type { CarrierApi, Send } from '../carriers/api.ts';
import { Failure } from '../domain/errors.ts';
import { isBound, isServed, originalOf, type Mixed, type Route, type SyncState } from '../domain/route.ts';
import { RANKS, type DueRoutes, type Rank } from '../store/due-routes.ts';
import type { MemberList, MemberLists } from '../store/member-lists.ts';
import { groupUnit, type RouteStore } from '../store/route-store.ts';
import type { UnitFacts } from './reconcile.ts';
import { AS_IT_WAS, type Asked, type Lookup, type Together } from './unit-facts.ts';

interface Options {
  carrier: string;
  /** Its id at the carrier. */
  group: string;
  api: Pick<CarrierApi, 'members'>;
  /** Paces what is asked of who is on it. */
  send: Send;
  lists: MemberLists;
  routes: Pick<RouteStore, 'read' | 'readMany' | 'inGroup' | 'countAs'>;
  due: Pick<DueRoutes, 'ask'>;
  lookup(): Promise<Pick<Lookup, 'revision' | 'asked'>>;
  now(): number;
}

export interface GroupLook {
  facts(): Promise<UnitFacts>;
  /** Afterwards: its numbers are so as it is, and those that have something to do because of it are asked for. */
  tell(): Promise<void>;
  /** That of its most important number; undefined when it has none of ours. */
  readonly rank: Rank | undefined;
}

interface Member {
  number: string;
  route: Route | undefined;
}

interface Membership {
  /** Who has its calls from it, or would have if we had not moved it away. */
  members: readonly Member[];
  /** The carrier cannot say who. */
  untold: boolean;
  /** It could not say it now, and for how long it could not. */
  unlisted: { failure: Failure; forMs: number } | undefined;
}

/** Numbers judged without a pause: calls may be answered by the same process, and one takes some 50 µs. */
const MEMBERS_A_TURN = 50;
/** So often it is begun again because something was changed meanwhile. */
const PATIENT_TRIES = 3;

type Asking = Member & { asked: Asked };

const UNTOLD: Mixed = { why: 'not-told', count: 0 };
const UNLISTED: Mixed = { why: 'not-listed', count: 0 };
/** After so long without a list its numbers are moved by themselves, milliseconds: an outage is not waited out for one write instead of many. */
const UNLISTED_MS = 10_000;

/** To ask again soon gives the same. */
const isForLong = ({ failure, forMs }: NonNullable<Membership['unlisted']>): boolean => failure.code === 'carrier_refused' || forMs >= UNLISTED_MS;

/** As it was listed lately, in whichever process, or is now. */
async function list({ carrier, group, api, send, lists, now }: Options): Promise<MemberList | Membership['unlisted']> {
  const began = now();
  const kept = await lists.read(carrier, group, began);
  if (kept || !api.members) return kept;
  try {
    const found = { at: began, numbers: await api.members(group, send) };
    await lists.keep(carrier, group, found);
    return found;
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'store_unavailable') throw error;
    // Nobody is on what is not there.
    if (error.code === 'carrier_number_unknown') return { at: began, numbers: [] };
    return { failure: error, forMs: began - (await lists.failed(carrier, group, began)) };
  }
}

async function membershipOf(options: Options): Promise<Membership> {
  const { carrier, group, api, routes } = options;
  const answer = await list(options);
  const [listed, unlisted] = answer === undefined || 'failure' in answer ? [undefined, answer] : [answer, undefined];
  const known = await routes.inGroup(carrier, group);
  const numbers = [...new Set([...(listed?.numbers ?? []), ...known])];
  const held = await routes.readMany(numbers.map((unit) => ({ carrier, unit })));
  const all = numbers.map((number, at) => ({ number, route: held[at]?.route }));
  const told = new Set(listed?.numbers);
  // One that was taken away by somebody else is not on it any more; one that we moved away is, and one that we have put back since it was listed.
  const members = listed === undefined ? all : all.filter(({ number, route }) => told.has(number) || route?.divert !== undefined || (route?.since ?? 0) >= listed.at);
  return { members, untold: api.members === undefined, unlisted };
}

/** It is so with the number as it is to be, or will be by itself. */
function fits({ route }: Member, group: string, mixed: boolean): boolean {
  if (route?.group !== group) return false;
  return mixed ? route.mixed !== undefined : !route.mixed && !isBound(route);
}

/** What a number that is set by itself has come to, be it as it should or not. */
const ENDED: readonly SyncState[] = ['diverted', 'failed', 'conflict', 'no plan'];

/** It has not been moved by itself yet, as it should be. */
function isAwaited({ route, asked }: Asking): boolean {
  const behind = asked.diverted && ((asked.by === 'trunk' && !route?.mixed) || !route || !ENDED.includes(route.is));
  return behind && asked.alone(originalOf(route)).route.is === 'diverted';
}

export function createGroupLook(options: Options): GroupLook {
  const { carrier, group, routes, due, lookup, now } = options;
  const unit = groupUnit(carrier, group);
  let membership: Promise<Membership> | undefined;
  let last: { revision: number; facts: UnitFacts } | undefined;
  let asking: readonly Asking[] = [];

  /** Without a pause when `patient` is false: else what is judged may change meanwhile. */
  async function judge({ members, untold, unlisted }: Membership, { asked }: Pick<Lookup, 'asked'>, patient: boolean): Promise<UnitFacts> {
    const ours: Asking[] = [];
    const sharing: Sharing[] = [];
    let first: Together | undefined;
    for (const [at, member] of members.entries()) {
      if (patient && at > 0 && at % MEMBERS_A_TURN === 0) await breathe();
      const one = asked(carrier, member.number);
      if (one) ours.push({ ...member, asked: one });
      const together = one?.by === 'trunk' ? one.together(group) : undefined;
      first ??= together;
      sharing.push({ number: member.number, asks: one && together && { primary: one.primary, route: together.wanted.route, ifDown: together.ifDown } });
    }
    asking = ours.filter((one) => one.asked.by === 'trunk');
    const verdict = sharedRoute(sharing, first?.ownNet);
    const hold = ours.some(isAwaited);
    const apart = unlisted && isForLong(unlisted) && asking.some((one) => one.asked.canAlone) ? { wanted: { ...AS_IT_WAS, netStays: true }, mixed: UNLISTED, hold } : undefined;
    const place = { number: undefined, ref: group, routed: asking.length > 0 || unlisted !== undefined, unlisted: unlisted && { failure: unlisted.failure, instead: apart } };
    if ('route' in verdict && first && !untold) return { ...place, wanted: { ...first.wanted, route: verdict.route, netStays: unlisted !== undefined } };
    const mixed = untold || !('mixed' in verdict) ? UNTOLD : verdict.mixed;
    return { ...place, wanted: AS_IT_WAS, mixed, hold };
  }

  return {
    async facts() {
      for (let tries = 0; ; tries += 1) {
        const seen = await lookup();
        membership ??= membershipOf(options);
        const who = await membership;
        if (last?.revision === seen.revision) return last.facts;
        const patient = tries < PATIENT_TRIES;
        const facts = await judge(who, seen, patient);
        if (patient && (await lookup()).revision !== seen.revision) continue;
        last = { revision: seen.revision, facts };
        return facts;
      }
    },
    async tell() {
      const { route } = await routes.read(unit);
      if (!route) return;
      const served = route.mixed ? [] : asking.filter((one) => isServed(one.route) && one.route.group === group);
      if (route.diversion !== undefined) await routes.countAs(served.map(({ number }) => ({ carrier, unit: number })), route.diversion, route.is);
      // What the carrier refuses to do for all of them may be done for each.
      const refused = ({ asked }: Asking): boolean => route.is === 'failed' && asked.diverted && asked.canAlone;
      const late = asking.filter((one) => !fits(one, group, route.mixed !== undefined) || (refused(one) && !one.route?.divert));
      await due.ask(carrier, late.map(({ number, asked }) => ({ unit: number, rank: asked.rank })), now());
    },
    get rank() {
      return RANKS.find((rank) => asking.some(({ asked }) => asked.rank === rank));
    },
  };
}
