/** One number at a model carrier, with its record in Redis: workers that die, sleep and wake, and what else may happen to it. */
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { DesiredRoute } from '../../rules/desired-route.ts';
import type { Routing } from '../../src/carriers/api.ts';
import { resolved, type Resolution } from '../../src/diversion/next-write.ts';
import { reconcileUnit, type Reconciled, type ReconcileDeps } from '../../src/diversion/reconcile.ts';
import type { Target } from '../../src/domain/target.ts';
import { createRouteStore, type RouteStore } from '../../src/store/route-store.ts';
import { createModelCarrier, modelRouting, type Fault, type ModelCarrier } from './model-carrier.ts';

const phone = (number: string): Target => ({ kind: 'phone', number });
export const OURS = ['+441', '+442', '+443', '+444'];

export type Op =
  | { do: 'divert' }
  | { do: 'restore' }
  | { do: 'plan'; targets: readonly string[] }
  | { do: 'net'; to: string | undefined }
  | { do: 'work'; faults: readonly Fault[]; dieAfter: number | undefined }
  | { do: 'sleep'; at: number; faults: readonly Fault[] }
  | { do: 'wake' }
  | { do: 'tick' }
  | { do: 'settle' }
  | { do: 'edit'; field: 'forward' | 'second' | 'backup' | 'trunk'; value: string }
  | { do: 'resolve'; how: Resolution };

class Died extends Error {}

let units = 0;

export function createRun(redis: Redis, orders = false) {
  units += 1;
  const carrier: ModelCarrier = createModelCarrier({ orders });
  const routes: RouteStore = createRouteStore(redis);
  const unit = { carrier: 'main', unit: `+4420${String(units).padStart(8, '0')}` };
  let now = 1_000_000;
  let steady = 0;
  let down = false;
  let diversions = 0;
  let targets: readonly string[] = [OURS[0] ?? ''];
  let net: string | undefined;
  let asleep: { wake(): void; end: Promise<unknown> } | undefined;

  function route(): DesiredRoute {
    const told = { dropped: [], unheeded: [], protected: targets.length > 0 };
    if (!down) return { is: 'original', targets: [], net: net === undefined ? undefined : phone(net), ...told };
    return { is: targets.length > 0 ? 'diverted' : 'no-plan', targets: targets.map(phone), net: undefined, ...told };
  }

  const facts: ReconcileDeps['facts'] = async () => ({ wanted: { route: route(), diversion: down ? `d${diversions}` : undefined }, number: unit.unit, ref: undefined, routed: true });

  /** Each thing that a worker does outside itself goes through `step`. */
  function depsWith(step: <T>(act: () => Promise<T>) => Promise<T>): ReconcileDeps {
    const { api } = carrier;
    return {
      routes: { read: (one) => step(() => routes.read(one)), save: (...args) => step(() => routes.save(...args)) },
      facts: (one) => step(() => facts(one)),
      api: { ...api, findNumber: (...args) => step(() => api.findNumber(...args)), readRouting: (...args) => step(() => api.readRouting(...args)), setRouting: (...args) => step(() => api.setRouting(...args)), orderState: (order) => step(() => api.orderState?.(order) ?? Promise.reject(new Error('no orders'))) },
      routing: modelRouting,
      turn: async () => ({ gate: async () => () => undefined, unused: () => undefined }),
      clock: { now: () => (now += 1) },
      steady: () => steady,
    };
  }

  async function work(dieAfter?: number): Promise<Reconciled | undefined> {
    let left = dieAfter ?? Infinity;
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      if (left <= 0) throw new Died();
      left -= 1;
      const result = await act();
      if (left === 0) throw new Died();
      return result;
    };
    return reconcileUnit(depsWith(step), unit).catch((error: unknown) => {
      if (error instanceof Died) return undefined;
      throw error;
    });
  }

  /** A worker that stops before (even) or after (odd) its step number `at / 2`, for as long as it is not woken. */
  async function sleep(at: number): Promise<void> {
    if (asleep) return;
    let left = at;
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let doze = (): void => undefined;
    const dozing = new Promise<void>((resolve) => {
      doze = resolve;
    });
    async function rest(): Promise<void> {
      left = -1;
      doze();
      await woken;
    }
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      left -= 2;
      if (left === 0) await rest();
      const result = await act();
      if (left === 1) await rest();
      return result;
    };
    const end = reconcileUnit(depsWith(step), unit);
    asleep = { wake, end };
    await Promise.race([dozing, end]);
  }

  async function wake(): Promise<void> {
    steady += 10_000;
    asleep?.wake();
    await asleep?.end;
    asleep = undefined;
  }

  /** As the drain does: again and again, until nothing is to be done. Where orders are not awaited, what is late may stay so. */
  async function settle(andLate = true): Promise<void> {
    carrier.faults([]);
    if (andLate || orders) {
      await wake();
      carrier.tick();
    }
    for (let tries = 0; tries < 40; tries += 1) {
      const after = await work();
      if (after?.is === 'settled') return;
      if (after?.is === 'hindered') expect(after.failure.code, after.failure.message).not.toBe('carrier_refused');
      if (andLate || orders) carrier.tick();
    }
    throw new Error('it does not settle');
  }

  const held = async () => (await routes.read(unit)).route;

  async function resolve(how: Resolution): Promise<boolean> {
    const { route: record, version } = await routes.read(unit);
    const next = record && resolved(record, how, (await facts(unit)).wanted);
    if (!next) return false;
    await routes.save(unit, version, next);
    return true;
  }

  function wantedNow(original: Routing): Routing {
    const { is, targets: to, net: caught } = route();
    const [first, ...others] = to;
    if (is === 'diverted' && first) return { ...original, ...modelRouting.divertedTo('number', original, [first, ...others]) };
    return !down && caught ? { ...original, ...modelRouting.armed('number', original, caught) } : original;
  }

  async function act(op: Op): Promise<void> {
    if (op.do === 'divert' && !down) [down, diversions] = [true, diversions + 1];
    if (op.do === 'restore') down = false;
    if (op.do === 'plan') targets = op.targets;
    if (op.do === 'net') net = op.to;
    if (op.do === 'work') {
      carrier.faults(op.faults);
      await work(op.dieAfter);
    }
    if (op.do === 'sleep') {
      carrier.faults(op.faults);
      await sleep(op.at);
    }
    if (op.do === 'wake') await wake();
    if (op.do === 'tick') carrier.tick();
    if (op.do === 'settle') await settle();
    if (op.do === 'edit') carrier.edit({ [op.field]: op.value });
    if (op.do === 'resolve') await resolve(op.how);
  }

  return {
    carrier,
    unit,
    act,
    work,
    settle,
    resolve,
    held,
    wantedNow,
    get down() {
      return down;
    },
  };
}
