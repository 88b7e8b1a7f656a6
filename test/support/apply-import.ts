/** A process that applies one import and ends: for tests that kill it. It waits to be told which, so that the time it takes to start is nobody's. */
import { once } from 'node:events';
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createRowSource } from '../../src/imports/row-source.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createStore } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';

/** `url` is the socket of Redis. */
export interface ToApply {
  url: string;
  id: string;
}

// Whoever started it is gone.
process.once('disconnect', () => process.exit(0));
const [{ url, id }] = (await once(process, 'message')) as [ToApply];
const redis = createFastConnection({ url, onError: () => undefined });
await whenReady(redis);
const lists = createImportLists(redis);
const deps = { store: createStore(redis, { auditKept: 1000 }), lists, ahead: createRowSource(lists) };
while ((await applyNextChunk(deps, id, realSystem.clock.now())) === 'more');
process.exit(0);
