/** docs/metrics.md has one row for every metric of our own, as it is registered, and says what to alarm on. */
import { expect, test } from 'vitest';
import { POLICY_RULES } from '../../src/domain/destination-policy.ts';
import { CLAIMS } from '../../src/domain/evidence.ts';
import { CAUSE_CLASSES, LEG_ENDS } from '../../src/domain/leg.ts';
import { PROBE_KINDS } from '../../src/domain/probe.ts';
import { SYNC_STATES } from '../../src/domain/route.ts';
import { COUNTED } from '../../src/domain/notification.ts';
import { watchBacklogs } from '../../src/operations/backlog-metrics.ts';
import { createMetrics } from '../../src/operations/metrics.ts';
import { WRITE_OUTCOMES } from '../../src/domain/route-readings.ts';
import { watchShared } from '../../src/operations/route-metrics.ts';
import { RANKS } from '../../src/store/due-routes.ts';
import { POST_ENDS } from '../../src/backlog/budgets.ts';
import { WEBHOOK_VERBS } from '../../src/calls/webhook-address.ts';
import { read, tableOf } from '../support/tree.ts';

const page = read('docs/metrics.md');

function registered(): string[][] {
  const metrics = createMetrics();
  metrics.watchStrays(() => new Map());
  metrics.watchReadiness(() => undefined);
  metrics.watch({
    numbers: () => 0,
    unprotectedNumbers: () => 0,
    tableRevision: () => 0,
    tableInStep: () => true,
    tableAgeSeconds: () => 0,
    recordsSetAside: () => 0,
    webhooksRemembered: () => 0, activeLegs: () => 0,
    claimsWaiting: () => 0,
    claimsDropped: () => 0,
    spoolEntries: () => 0,
    spoolBytes: () => 0,
    ordersPending: () => 0,
    primariesDiverted: () => 0,
    sourcesQuiet: () => 0,
    policyFileGood: () => true,
    connections: () => 0,
    overloadLevel: () => 0,
    overloadLagSeconds: () => 0,
    probes: () => 0,
    referencesSilent: () => 0,
    gobagWrittenSeconds: () => 0,
    gobagFailures: () => 0,
    gobagCannot: () => 0,
  });
  watchShared(metrics.registry, async () => ({ carriers: [], approvals: { waiting: 0, oldestSeconds: 0 }, owed: 0 }));
  watchBacklogs(metrics.registry, { totals: () => Promise.reject(new Error('not asked')), replay: undefined });
  const all = metrics.registry.getMetricsAsArray() as unknown as { name: string; type: string; help: string; labelNames: string[] }[];
  return all.filter(({ name }) => !/^(process|nodejs)_/.test(name)).map(({ name, type, help, labelNames }) => [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(', '), help]);
}

test('the table is what is registered', () => {
  expect(tableOf(page, 'metric').map((row) => row.slice(0, 4))).toEqual(registered());
});

test('every metric is of our own name and says what to alarm on', () => {
  for (const [name, , , , alarm] of tableOf(page, 'metric')) {
    expect(name).toMatch(/^`ringthrough_[a-z_]+`$/);
    expect(alarm, name).not.toBe('');
  }
});

test('the values of the labels are those of the types', () => {
  const values = new Map(tableOf(page, 'label').map(([label, text = '']) => [label, [...(text.split(/[;:] /)[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, value]) => value)]));
  expect(values.get('`end`')).toEqual(LEG_ENDS);
  expect(values.get('`cause`')).toEqual(CAUSE_CLASSES);
  expect(values.get('`verb`')).toEqual([...WEBHOOK_VERBS, 'pass']);
  expect(values.get('`kind`')).toEqual(PROBE_KINDS);
  expect(values.get('`claim`')).toEqual([...CLAIMS, 'discarded']);
  expect(values.get('`state`')).toEqual(SYNC_STATES);
  expect(values.get('`rank`')).toEqual(RANKS);
  expect(values.get('`outcome`')).toEqual(WRITE_OUTCOMES);
  expect(values.get('`counted`')).toEqual(COUNTED);
  expect(values.get('`result` of `ringthrough_posts_total`')).toEqual(POST_ENDS);
  expect(values.get('`rule`')).toEqual(Object.keys(POLICY_RULES));
});
