/** Makes one check of a carrier, whatever the carrier says: what was found, or why it could not be. */
import type { Logger } from 'pino';
import type { CarrierApi, Send } from '../carriers/api.ts';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import { CARRIER_PARTS, routingOf } from '../carriers/kinds.ts';
import type { CarrierCheck, CheckUnderWay, Findings } from '../domain/carrier-check.ts';
import type { Carrier } from '../domain/carrier.ts';
import { codeOf, ERRORS, Failure } from '../domain/errors.ts';
import type { CheckStore } from '../store/check-store.ts';
import type { DueRoutes } from '../store/due-routes.ts';
import type { LoadLevel } from '../system/load.ts';
import type { System } from '../system/system.ts';
import type { HealthStore } from './carrier-health.ts';
import { checkNumbers, type CheckDeps } from './check-carrier.ts';
import { createPatientSend } from './patient-send.ts';

export interface MakeDeps extends Pick<CheckDeps, 'store' | 'wirings' | 'routes' | 'sight'> {
  apis: Pick<CarrierApis, 'use'>;
  checks: Pick<CheckStore, 'note'>;
  due: Pick<DueRoutes, 'next'>;
  health: Pick<HealthStore, 'read'>;
  log: Logger;
  load: LoadLevel;
  system: System;
}

export interface Order {
  id: string;
  carrier: Carrier;
  underWay: CheckUnderWay & { began: number };
  /** Throws `BrokenOff` when it is to end. */
  goOn(): void;
}

/** It was ended before its end, by whoever made it. */
export class BrokenOff extends Error {}

/** Between two notes of how far it is, milliseconds. */
const NOTE_MS = 1000;

async function look(deps: MakeDeps, { id, carrier, underWay, goOn }: Order, api: CarrierApi, send: Send): Promise<Findings> {
  const { store, wirings, routes, sight, checks, system: { clock } } = deps;
  let noted = clock.now();
  return checkNumbers({
    api, routing: routingOf(carrier), store, wirings, clock, routes, sight, send,
    async progress(seen) {
      goOn();
      if (clock.now() - noted < NOTE_MS) return;
      noted = clock.now();
      await checks.note(id, { ...underWay, seen });
    },
  }, id);
}

/** Throws `BrokenOff` and `store_unavailable`: then it is to be begun anew. */
export async function makeCheck(deps: MakeDeps, order: Order): Promise<CarrierCheck> {
  const { apis, due, health, log, load, system } = deps;
  const { id, carrier, underWay, goOn } = order;
  const perSecond = (): number => ({ ...CARRIER_PARTS[carrier.kind].limits, ...carrier.limits }).writesPerSecond;
  const patient = createPatientSend(id, { due, health, perSecond, load, system, goOn });
  let answered = false;
  let saidLimits: CarrierCheck['saidLimits'] = {};
  const send: Send = (request) => patient.send(async () => {
    const answer = await request();
    answered = true;
    return answer;
  });
  const concluded = (more: Pick<CarrierCheck, 'credentials' | 'why' | 'findings'>): CarrierCheck => ({ by: underWay.by, asked: underWay.asked, began: underWay.began, ended: system.clock.now(), saidLimits, ...more });
  try {
    const findings = await apis.use(id, carrier, (api) => look(deps, order, api, send).finally(() => { saidLimits = api.saidLimits?.() ?? {}; }));
    return concluded({ credentials: answered ? 'accepted' : 'unknown', findings });
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof BrokenOff || code === 'store_unavailable') throw error;
    // Begun anew it would fail anew.
    if (code === 'internal') log.error({ err: error, carrier: id }, 'the check of a carrier met what nobody foresaw');
    const credentials = answered ? 'accepted' : code === 'carrier_refused' ? 'refused' : 'unknown';
    return concluded({ credentials, why: { code, detail: error instanceof Failure ? error.message : ERRORS.internal.title } });
  } finally {
    patient.close();
  }
}

/** One line a check. */
export function tellCheck(log: Logger, carrier: string, { why, findings }: CarrierCheck): void {
  if (why) return log.warn({ carrier, code: why.code }, "a carrier's numbers could not be checked");
  if (!findings) return;
  const { strays, missing, otherRef, ours, held, unknown, unwired, groups } = findings;
  const counts = { carrier, strays: strays.count, missing: missing.count, otherIds: otherRef.count, ours, held, unknown: unknown.count, unwired: unwired?.count, groups: groups?.count, faultyGroups: groups?.faulty };
  if ((groups?.faulty ?? 0) > 0) log.warn(counts, 'a trunk or an application at a carrier is not as it should be: see the last check');
  if (strays.count + missing.count > 0) log.warn(counts, 'numbers are forwarded at a carrier though nothing here diverts them, or are not held there: see the last check');
  else log.info(counts, "a carrier's numbers were checked");
}
