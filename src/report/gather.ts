/** Gathers what is kept of a diversion: its record, the audit trail, what was said of its primary, calls, numbers at carriers, who was told. */
import type { Redis } from 'ioredis';
import { lostCallers } from '../calls/lost-callers.ts';
import { planFor } from '../calls/number-facts.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { CARRIER_PARTS } from '../carriers/kinds.ts';
import { readPlaced } from '../diversion/placed-route.ts';
import type { Recorded } from '../domain/diversion-report.ts';
import { Failure } from '../domain/errors.ts';
import type { BacklogStore } from '../store/backlog-store.ts';
import type { CallStore } from '../store/call-store.ts';
import { readCallWindow } from '../store/call-window.ts';
import { readDiversionTrail } from '../store/diversion-trail.ts';
import { readEvidenceJournal } from '../store/evidence-journal.ts';
import { createRouteStore, type RouteStore } from '../store/route-store.ts';
import type { Store } from '../store/store.ts';
import type { TellingStore } from '../store/telling-store.ts';
import { AROUND_MS, type MovedNumber, type ReportFacts } from './facts.ts';

export interface GatherDeps {
  redis: Redis;
  store: Store;
  calls: CallStore;
  telling: Pick<TellingStore, 'toldOf'>;
  backlog: Pick<BacklogStore, 'status'>;
  table(): RoutingTable;
  now(): number;
  /** Calls, and numbers at carriers, that are looked at; for tests. */
  most?: { calls: number; numbers: number };
}

/** Of calls so many that the error of a share is below one in a hundred; and no call of others waits long for it. */
const MOST = { calls: 10_000, numbers: 10_000 };
const UNANSWERED = 1000;
const PAGE = 200;
/** Subscribers of one primary. */
const SUBSCRIBERS = 200;

async function movedNumbers(routes: RouteStore, table: RoutingTable, id: string, most: number): Promise<MovedNumber[]> {
  const moved: MovedNumber[] = [];
  for (let after: string | undefined; moved.length < most; ) {
    const units = await routes.ofDiversion(id, after, Math.min(PAGE, most - moved.length));
    const placed = await readPlaced(routes, units);
    for (const [at, { carrier, unit }] of units.entries()) {
      const { route } = placed[at] ?? {};
      const times = route?.moved?.diversion === id ? route.moved : undefined;
      const isLeft = route?.is === 'conflict' || route?.is === 'failed';
      moved.push({ number: unit, carrier, customer: table.number(unit)?.customer, is: route?.is ?? 'pending', why: isLeft ? (route.why?.detail ?? (route.conflict ? 'Somebody else has changed what we set' : undefined)) : undefined, at: times?.at, back: times?.back });
    }
    const last = units.at(-1);
    if (!last || units.length < PAGE) break;
    after = `${last.carrier}/${last.unit}`;
  }
  return moved;
}

async function backlogsOf(backlog: GatherDeps['backlog'], table: RoutingTable, primary: string): Promise<ReportFacts['backlogs']> {
  const own = [...table.ids('subscribers')].filter((id) => table.subscriber(id)?.primary === primary).slice(0, SUBSCRIBERS);
  return Promise.all(own.map(async (subscriber) => {
    const { counts, deadKept, oldestAt } = await backlog.status(subscriber);
    return { subscriber, customer: table.subscriber(subscriber)?.customer, waiting: counts.waiting, dead: deadKept, oldestAt };
  }));
}

/** As things are set up now: what a scenario needs of them. */
function setUpOf(table: RoutingTable, primary: string, everySeconds: number): ReportFacts['setUp'] {
  const settings = table.primary(primary);
  const groups = new Map<string, Recorded['numbers'][number] & { planned: number }>();
  table.eachRule((rule, numbers) => {
    if (rule.primary !== primary) return;
    const { divertBy = 'call', carrier } = rule;
    const rank = table.customer(rule.customer)?.class ?? 'standard';
    const name = `${divertBy} ${carrier} ${rank}`;
    const group = groups.get(name) ?? { count: 0, divertBy, withPlan: 0, carrier, class: rank, planned: 0 };
    groups.set(name, group);
    group.count += numbers;
    if (planFor(table, rule).chosen) group.planned += numbers;
  });
  const carriers = [...new Set([...groups.values()].map(({ carrier }) => carrier))].flatMap((id) => {
    const carrier = table.carrier(id);
    return carrier ? [{ id, writesPerSecond: carrier.limits?.writesPerSecond ?? CARRIER_PARTS[carrier.kind].limits.writesPerSecond }] : [];
  });
  return {
    ...(settings?.mode === undefined ? {} : { mode: settings.mode }),
    dependsOn: settings?.dependsOn ?? [],
    probes: (settings?.probes ?? []).map((probe) => ({ kind: probe.kind, everySeconds: probe.everySeconds ?? everySeconds })),
    numbers: [...groups.values()].map(({ planned, ...group }) => ({ ...group, withPlan: planned / group.count })),
    carriers,
  };
}

/** @param everySeconds of probes that say nothing else. Throws `not_found`, `record_unreadable` or `store_unavailable`. */
export async function gatherFacts({ redis, store, calls, telling, backlog, table, now, most = MOST }: GatherDeps, id: string, everySeconds: number): Promise<ReportFacts> {
  const found = await store.find('diversions', id);
  if (!found) throw new Failure('not_found');
  if ('unreadable' in found) throw new Failure('record_unreadable');
  const { record: diversion, revision } = found;
  const { primary, started, ended } = diversion;
  const present = now();
  const from = started.at - AROUND_MS;
  const to = Math.min(present, (ended?.at ?? present) + AROUND_MS);
  const routes = createRouteStore(redis);
  const [trail, said, window, unanswered, told, counts, backlogs] = await Promise.all([
    readDiversionTrail(redis, from, ended ? revision : undefined),
    readEvidenceJournal(redis, primary),
    readCallWindow(redis, { from, to, most: most.calls }),
    readCallWindow(redis, { from, to: Math.min(to, ended?.at ?? to), most: UNANSWERED, only: 'unanswered' }),
    telling.toldOf(id),
    routes.counts(id),
    backlogsOf(backlog, table(), primary),
  ]);
  const moved = await movedNumbers(routes, table(), id, most.numbers);
  const missed = unanswered.calls.filter((call) => call.primary === primary).toReversed();
  return {
    id, diversion, from, to, trail, told, moved, backlogs,
    name: table().primary(primary)?.name,
    now: present,
    said: said.filter(({ at }) => at <= to),
    calls: window,
    lost: await lostCallers(calls, missed),
    movedInAll: Object.values(counts).reduce((sum, count) => sum + count, 0),
    states: counts,
    setUp: setUpOf(table(), primary, everySeconds),
  };
}
