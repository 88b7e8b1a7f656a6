/** A process that applies one import and ends: for tests that kill it. Arguments: the socket of Redis, the import's id. */
import { applyNextChunk } from '../../src/imports/apply.ts';
import { createImportLists } from '../../src/imports/import-lists.ts';
import { createRowSource } from '../../src/imports/row-source.ts';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createStore } from '../../src/store/store.ts';
import { realSystem } from '../../src/system/system.ts';

const [, , url = '', id = ''] = process.argv;
const redis = createFastConnection({ url, onError: () => undefined });
await whenReady(redis);
const lists = createImportLists(redis);
const deps = { store: createStore(redis, { auditKept: 1000 }), lists, ahead: createRowSource(lists) };
while ((await applyNextChunk(deps, id, realSystem.clock.now())) === 'more');
redis.disconnect();
