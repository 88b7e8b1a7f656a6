/** What the tests of imports need: a service with its import routes on a real port, and rows to send it. */
import fastify from 'fastify';
import type { Redis } from 'ioredis';
import type { ImportRecord } from '../../src/domain/import.ts';
import type { Actor } from '../../src/domain/key.ts';
import type { App } from '../../src/http/app-type.ts';
import { sendProblem } from '../../src/http/problem.ts';
import { exportRoutes } from '../../src/http/routes/exports.ts';
import { importRoutes } from '../../src/http/routes/imports.ts';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists, type ImportLists } from '../../src/imports/import-lists.ts';
import { createImportQueue } from '../../src/imports/queue.ts';
import { createIdempotencyKeys } from '../../src/store/idempotency-keys.ts';
import { receiveImport, type ImportOptions } from '../../src/imports/receive.ts';
import { Readable } from 'node:stream';
import type { Store } from '../../src/store/store.ts';
import { realSystem, type Clock } from '../../src/system/system.ts';
import { DEED, put, putSample, type World } from '../support/world.ts';

export const ADMIN: Actor = { key: 'boss', role: 'admin' };
export const HEADER = 'number,customer,primary,carrier,plan,carrierRef,divertBy';

export interface Service {
  url: string;
  lists: ImportLists;
  /** Who the requests are taken to come from. */
  actor: Actor;
  close(): Promise<void>;
}

/** The import routes alone, over real HTTP; who acts is what `actor` says. */
export async function openService(world: World, store: Store = world.store): Promise<Service> {
  const app: App = fastify();
  const lists = createImportLists(world.redis);
  const queue = createImportQueue(world.redis);
  const service: Service = {
    url: '',
    lists,
    actor: ADMIN,
    async close() {
      await app.close();
      await queue.close();
    },
  };
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.addHook('onRequest', async (request) => {
    request.actor = service.actor;
  });
  importRoutes(app, { store, lists, uploadKeys: createIdempotencyKeys(world.redis, 'upload'), queue, clock: FIXED, random: realSystem.random, log: world.log });
  exportRoutes(app, { store, log: world.log });
  service.url = await app.listen({ port: 0, host: '127.0.0.1' });
  return service;
}

/** The sample, a second customer with a plan of its own, and a plan of the provider. */
export async function putPeople(store: Store): Promise<void> {
  await putSample(store);
  await put(store, 'customers', 'globex', { name: 'Globex' });
  await put(store, 'plans', 'globex-desk', { customer: 'globex', destinations: [{ to: 'voicemail' }] });
  await put(store, 'plans', 'shared', { destinations: [{ to: 'voicemail' }] });
}

/** Valid numbers of London, from `+442079461000` on. */
export const londonNumber = (at: number): string => `+4420794${String(61_000 + at)}`;

/** `count` rows as lines of a CSV, without header. */
export function csvRows(count: number, from = 0): string[] {
  const plans = ['desk', 'shared', ''];
  return Array.from({ length: count }, (_, at) => {
    const ref = at % 2 === 0 ? `PN${from + at}` : '';
    return `${londonNumber(from + at)},acme,pbx,main,${plans[at % 3]},${ref},${at % 4 === 0 ? 'call' : ''}`;
  });
}

export function csv(rows: readonly string[], header = HEADER): string {
  return [header, ...rows, ''].join('\n');
}

/** A clock that stands still, at the moment of the deed. */
export const FIXED: Clock = { now: () => DEED.at };

/** Takes a file in as the route does, without HTTP. */
export async function receive(world: World, text: string, format: 'csv' | 'ndjson' = 'csv', options: ImportOptions = {}): Promise<string> {
  const deps = { store: world.store, lists: createImportLists(world.redis), uploadKeys: createIdempotencyKeys(world.redis, 'upload'), random: realSystem.random, clock: FIXED, log: world.log };
  const { id } = await receiveImport(deps, { format, body: Readable.from([Buffer.from(text)]), deed: { ...DEED, by: ADMIN, reason: 'moving in' }, options });
  return id;
}

/** An import as the store has it. Throws when it is not there. */
export async function importOf(store: Store, id: string): Promise<ImportRecord> {
  const found = await store.find('imports', id);
  if (!found || 'unreadable' in found) throw new Error('the import is not there');
  return found.record;
}

/** Applies an import to its end. */
export async function applyAll(store: Store, redis: Redis, id: string): Promise<void> {
  const lists = createImportLists(redis);
  while ((await applyNextChunk({ store, lists }, id, DEED.at)) === 'more');
}
