/** What of the audit trail a report tells of: from its end back to its beginning, also what came late, and nothing of all the rest. */
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { SYSTEM } from '../../src/domain/key.ts';
import { readDiversionTrail } from '../../src/store/diversion-trail.ts';
import { createDraft } from '../../src/store/draft.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();

async function write(at: number, action: string, more: Partial<AuditEntry> = {}): Promise<number> {
  const draft = createDraft();
  draft.audit({ at, by: SYSTEM, action, changes: [{ subject: 'states/pbx', before: null, after: null }], ...more });
  const committed = await here.world.store.commit(draft);
  return 'revision' in committed ? committed.revision : 0;
}

const read = async (from: number, upTo?: number) => {
  const { entries, complete } = await readDiversionTrail(here.world.redis, from, upTo);
  return { told: entries.map(({ at, action }) => `${at} ${action}`), complete };
};

test('acts on primaries, automation and conflicts, the oldest first, between its ends', async () => {
  await write(50, 'primaries.divert');
  await write(100, 'primaries.divert');
  await write(110, 'plans.put');
  for (let at = 111; at < 160; at += 1) await write(at, 'numbers.put');
  // Acknowledged while Redis was away.
  await write(90, 'primaries.hold', { late: { writtenAt: 170, effect: 'turned' } });
  await write(180, 'automation.stop');
  const end = await write(190, 'primaries.restore');
  await write(200, 'routes.resolve');
  expect(await read(95, end)).toEqual({ told: ['100 primaries.divert', '90 primaries.hold', '180 automation.stop', '190 primaries.restore'], complete: true });
  expect((await read(60)).told.at(-1)).toBe('200 routes.resolve');
  expect((await read(0)).told).toHaveLength(6);
});
