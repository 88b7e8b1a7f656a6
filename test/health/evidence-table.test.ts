/** The table of evidence is bounded, and what makes room in it is what is missed least. */
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { createEvidenceTable, SOURCES_KEPT } from '../../src/health/evidence-table.ts';

const NOW = 1_700_000_000_000;
const evidence = (source: string, more: Partial<Evidence> = {}): Evidence => ({ primary: 'pbx', source, group: 'alerts', claim: 'down', weight: 0.5, at: NOW, expiresAt: NOW + 3_600_000, because: 'it says so', ...more });

test('a flood of alerts, or of their ends, pushes no probe out that expires long before them', () => {
  const table = createEvidenceTable(() => NOW);
  table.say(evidence('probe/a/1', { group: 'probes', expiresAt: NOW + 5000 }));
  table.say(evidence('source/cron/heartbeat', { group: 'heartbeat', expiresAt: NOW + 60_000 }));
  for (let at = 0; at < 2 * SOURCES_KEPT; at += 1) table.say(evidence(`source/prom/${at}`, { expiresAt: NOW + 3_600_000 + at }));
  for (let at = 0; at < 2 * SOURCES_KEPT; at += 1) table.say({ primary: 'pbx', source: `source/prom/gone-${at}`, at: NOW, expiresAt: NOW + 600_000 + at, withdrawn: true });
  const kept = table.about('pbx').map(({ source }) => source);
  expect(table.size).toBe(SOURCES_KEPT);
  expect(kept).toEqual(expect.arrayContaining(['probe/a/1', 'source/cron/heartbeat', `source/prom/${2 * SOURCES_KEPT - 1}`]));
  expect(kept).not.toContain('source/prom/0');
});
