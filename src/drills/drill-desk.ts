/** Drills as they are asked for: drawn up, put down, read, and stopped. What is to be done of them the worker finds (src/drills/look.ts). */
import { drillTest } from '../../rules/drill-test.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import type { Drill, DrillPolicy, DrillScope, DrillTest, DrillTimes, HeldBack, TestOutcome } from '../domain/drill.ts';
import { Failure } from '../domain/errors.ts';
import type { HealthPolicy } from '../domain/health-policy.ts';
import type { Actor } from '../domain/key.ts';
import { createDrillStore, type DrillStore } from '../store/drill-store.ts';
import { edit, type Deed } from '../store/edit.ts';
import { indexName, OPEN_DRILLS } from '../store/relations.ts';
import type { Store } from '../store/store.ts';
import { timedId } from '../system/timed-id.ts';
import type { System, Timers } from '../system/system.ts';
import type { Redis } from 'ioredis';
import { drawUp } from './draw-up.ts';
import { rehearse } from './rehearse.ts';

export interface Wanted extends DrillScope {
  carrier?: string | undefined;
  from?: string | undefined;
  notBefore?: number | undefined;
  anyHour?: boolean | undefined;
  reason?: string | undefined;
}

/** A test as it stands: `heldBack` also says why one that waits does. */
export type TestView = DrillTest & { now: TestOutcome };

export interface DrillView {
  id: string;
  drill: Drill;
  tests: readonly TestView[];
}

export interface DrillDesk {
  /** Throws `drill_empty`, `drill_too_large`, `drill_too_many`, `reference_unknown`, `not_found` or `store_unavailable`. */
  begin(wanted: Wanted, deed: Deed): Promise<DrillView>;
  /** Undefined when there is none, or none that this actor may see. */
  read(id: string, actor: Actor): Promise<DrillView | undefined>;
  /** The newest first. */
  list(actor: Actor, before: string | undefined, limit: number): Promise<{ ids: readonly string[]; drills: readonly DrillView[] }>;
  /** Throws `not_found` or `drill_ended`. */
  stop(id: string, deed: Deed): Promise<DrillView>;
}

export interface DrillDeskOptions {
  redis: Redis;
  store: Store;
  sight(): Sight;
  policies(): { drills: DrillPolicy; health: HealthPolicy };
  system: Pick<System, 'clock' | 'random' | 'timers'>;
}

const HOUR_MS = 3_600_000;
/** Of a customer, to find one of them that can be shown as the caller. */
const CALLERS = 200;
/** Drills that may be open at a time, of the keys of one customer or of the provider; and as many are looked at for it. */
const MOST_OPEN = 20;
const MOST_COUNTED = 1000;
/** Primaries whose failure is played. */
const REHEARSED = 5;

const whoOf = ({ key, role, customer }: Actor): Drill['by'] => ({ key, role, ...(customer === undefined ? {} : { customer }) });

/** The one customer whose plans are tried; undefined when there are others', or the provider's. */
function ownerOf({ table }: Sight, tests: readonly DrillTest[]): string | undefined {
  const owners = new Set(tests.flatMap(({ plans }) => plans.map((plan) => table.plan(plan)?.customer)));
  return owners.size === 1 ? [...owners][0] : undefined;
}

async function rehearsedOf({ table }: Sight, tests: readonly DrillTest[], health: HealthPolicy, timers: Timers): Promise<DrillTimes[]> {
  const breathe = (): Promise<void> => new Promise((resolve) => void timers.after(0, resolve));
  const rehearsed: DrillTimes[] = [];
  for (const id of [...new Set(tests.flatMap((test) => test.primaries))].slice(0, REHEARSED)) {
    const primary = table.primary(id);
    if (primary) rehearsed.push(await rehearse(id, primary, health, breathe));
  }
  return rehearsed;
}

/** What the audit trail shows of a drill: whom it calls is in the drill. */
export const auditOf = (drill: Drill): object => ({ ...drill, tests: drill.tests.length, rehearsed: undefined });

/** The record of a drill, changed; `undefined` from `change` leaves it. */
export function changeDrill(store: Store, id: string, action: string, deed: Deed, change: (drill: Drill) => Drill): Promise<{ record: Drill | undefined }> {
  return edit(store, {
    collection: 'drills', id, action,
    change(current) {
      if (!current) throw new Failure('not_found', 'No such drill');
      return change(current);
    },
    customerOf: ({ customer }) => customer,
    shown: auditOf,
  }, deed);
}

async function viewOf(drills: DrillStore, now: number, id: string, drill: Drill): Promise<DrillView> {
  if (drill.state !== 'open') return { id, drill, tests: drill.tests.map((test) => ({ ...test, now: test.outcome ?? { is: 'unknown', times: {} } })) };
  const seen = await drills.seen(id);
  const tests = drill.tests.map((test, at): TestView => {
    const { marks = {}, waits } = seen.get(at) ?? {};
    const outcome = drillTest(marks);
    const later = now < (drill.notBefore ?? 0) ? 'not-before' : undefined;
    const heldBack: HeldBack | undefined = outcome.heldBack ?? (outcome.is === 'waiting' ? (test.skip ?? later ?? waits) : undefined);
    return { ...test, now: { ...outcome, ...(heldBack === undefined ? {} : { heldBack }) } };
  });
  return { id, drill, tests };
}

export function createDrillDesk({ redis, store, sight, policies, system }: DrillDeskOptions): DrillDesk {
  const drills = createDrillStore(redis);
  const sees = (actor: Actor, { customer }: Drill): boolean => actor.customer === undefined || actor.customer === customer;

  async function find(id: string, actor: Actor): Promise<Drill | undefined> {
    const found = await store.find('drills', id);
    return found && 'record' in found && sees(actor, found.record) ? found.record : undefined;
  }

  /** Drills that go on, or wait, of keys of this customer, or of the provider's. */
  async function openOf(customer: string | undefined): Promise<number> {
    const found = await store.findMany('drills', await store.page(OPEN_DRILLS, undefined, MOST_COUNTED));
    return found.filter((one) => one && 'record' in one && one.record.by.customer === customer).length;
  }

  return {
    async begin({ carrier, from, notBefore, anyHour, reason, ...scope }, deed) {
      const { drills: { mostCalls, mostHours }, health } = policies();
      const seen = sight();
      const { customer: own } = deed.by;
      if (own !== undefined && scope.customer !== undefined && scope.customer !== own) throw new Failure('not_found', 'No such customer');
      if (from !== undefined) {
        const rule = seen.table.number(from);
        if (!rule || (own !== undefined && rule.customer !== own)) throw new Failure('reference_unknown', 'The caller is none of the numbers here');
      }
      if (carrier !== undefined && !seen.table.carrier(carrier)) throw new Failure('reference_unknown', `carriers/${carrier} does not exist`);
      const tests = await drawUp({ sight: seen, scope, owner: own, carrier, from, numbersOf: (customer) => store.page(indexName('numbers', customer), undefined, CALLERS) });
      if (tests.length === 0) throw new Failure('drill_empty');
      if ((await openOf(own)) >= MOST_OPEN) throw new Failure('drill_too_many');
      const calls = tests.filter(({ skip }) => skip === undefined).length;
      if (calls > mostCalls) throw new Failure('drill_too_large', `It would make ${calls} calls; a drill makes ${mostCalls} at most`);
      const rehearsed = await rehearsedOf(seen, tests, health, system.timers);
      const id = timedId(deed.at, system.random);
      const customer = own ?? ownerOf(seen, tests);
      const drill: Drill = {
        state: 'open', by: whoOf(deed.by), scope, at: deed.at, until: Math.max(deed.at, notBefore ?? 0) + mostHours * HOUR_MS, tests, rehearsed,
        ...(reason === undefined ? {} : { reason }), ...(customer === undefined ? {} : { customer }), ...(notBefore === undefined ? {} : { notBefore }), ...(anyHour === true ? { anyHour } : {}),
      };
      await edit(store, { collection: 'drills', id, action: 'drills.begin', ifMatch: 'absent', change: () => drill, customerOf: () => customer, shown: auditOf }, deed);
      return viewOf(drills, system.clock.now(), id, drill);
    },
    async read(id, actor) {
      const drill = await find(id, actor);
      return drill && viewOf(drills, system.clock.now(), id, drill);
    },
    async list(actor, before, limit) {
      const ids = await store.pageBack(indexName('drills', actor.customer), before, limit);
      const found = await store.findMany('drills', ids);
      const views = ids.flatMap((id, at) => {
        const one = found[at];
        return one && 'record' in one && sees(actor, one.record) ? [viewOf(drills, system.clock.now(), id, one.record)] : [];
      });
      return { ids, drills: await Promise.all(views) };
    },
    async stop(id, deed) {
      if (!(await find(id, deed.by))) throw new Failure('not_found', 'No such drill');
      const { record } = await changeDrill(store, id, 'drills.stop', deed, (drill) => {
        if (drill.state !== 'open') throw new Failure('drill_ended');
        return drill.stopping ? drill : { ...drill, stopping: { at: deed.at, by: whoOf(deed.by) } };
      });
      if (!record) throw new Failure('not_found', 'No such drill');
      return viewOf(drills, system.clock.now(), id, record);
    },
  };
}
