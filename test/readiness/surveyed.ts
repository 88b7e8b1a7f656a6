/** What the tests of surveys share: a routing table in memory, and a survey of it. */
import { createActiveLegs, type ActiveLegs } from '../../src/calls/active-legs.ts';
import { createDestinationJudge } from '../../src/calls/destination-judge.ts';
import { createRoutingTable, type RoutingTable } from '../../src/calls/routing-table.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Noted } from '../../src/readiness/noted.ts';
import { createBreathe } from '../../src/readiness/slices.ts';
import { makeSurvey, type Survey, type SurveyDeps } from '../../src/readiness/survey.ts';
import { encodePayload, type Records } from '../../src/store/codec.ts';
import type { Collection } from '../../src/store/keys.ts';
import { realSystem } from '../../src/system/system.ts';
import { ACCOUNT } from '../support/world.ts';

/** A Monday, 10:00 in London. */
export const AT = Date.parse('2026-11-16T10:00:00Z');
export const MOBILE = '+447400123456';

export const apply = <C extends Collection>(table: RoutingTable, collection: C, id: string, record: Records[C]): boolean => table.apply(collection, id, encodePayload(collection, record));

/** Two carriers, of which one is told, a primary and two customers. */
export function tableOfTwo(): RoutingTable {
  const table = createRoutingTable();
  apply(table, 'carriers', 'main', { kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:TOKEN' } });
  apply(table, 'carriers', 'told', { kind: 'voipms', credentials: { username: 'me@example.net', apiPassword: 'env:PASSWORD' } });
  apply(table, 'primaries', 'pbx', { kind: 'pbx', target: 'sip:{number}@pbx.example.net' });
  apply(table, 'primaries', 'other', { kind: 'pbx', target: 'sip:{number}@other.example.net' });
  apply(table, 'customers', 'acme', { name: 'Acme' });
  apply(table, 'customers', 'globex', { name: 'Globex' });
  return table;
}

interface Options extends Partial<Omit<SurveyDeps, 'sight'>> {
  notes?: ReadonlyMap<string, Noted>;
  refusing?: readonly string[];
  legs?: ActiveLegs;
  baseUrl?: string;
}

export function surveyOf(table: RoutingTable, { notes = new Map(), refusing = [], legs = createActiveLegs(), baseUrl = 'https://calls.example.net', ...more }: Options = {}): Promise<Survey> {
  const judge = createDestinationJudge(() => shippedPolicy().destinations);
  const noted = { read: () => Promise.resolve({ notes, refusing: new Set(refusing) }) };
  return makeSurvey({ sight: { table, judge, baseUrl }, legs, noted, proof: () => Promise.resolve(undefined), sample: () => Promise.resolve(undefined), from: 0, at: AT, breathe: createBreathe(realSystem), ...more });
}
