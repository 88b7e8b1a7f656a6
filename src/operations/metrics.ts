/** Every metric of the service; docs/metrics.md has one entry each, kept in step by a test. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What gauges are read from, at the moment of the scrape. */
export interface Readings {
  numbers(): number;
  unprotectedNumbers(): number;
  tableRevision(): number;
  tableInStep(): boolean;
  tableAgeSeconds(): number;
  recordsSetAside(): number;
  activeLegs(): number;
  webhooksRemembered(): number;
  claimsWaiting(): number;
  claimsDropped(): number;
  spoolEntries(): number;
  spoolBytes(): number;
  ordersPending(): number;
  primariesDiverted(): number;
  sourcesQuiet(): number;
  policyFileGood(): boolean;
  connections(): number;
  overloadLevel(): number;
  overloadLagSeconds(): number;
  probes(): number;
  referencesSilent(): number;
  gobagWrittenSeconds(): number;
  gobagFailures(): number;
  gobagCannot(): number;
}

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    calls: new Counter({ name: 'ringthrough_calls_total', help: 'Calls answered, by how they were routed: primary-first, plan or nothing', labelNames: ['route'], registers }),
    callsUnprotected: new Counter({ name: 'ringthrough_calls_unprotected_total', help: 'Calls to numbers that have no plan', registers }),
    callsUnknown: new Counter({ name: 'ringthrough_calls_unknown_number_total', help: 'Calls to numbers that are not known here', registers }),
    callsReturned: new Counter({ name: 'ringthrough_calls_returned_total', help: 'Calls that came back to where they started and were refused', registers }),
    destinationsRefused: new Counter({ name: 'ringthrough_destinations_refused_total', help: 'Destinations that were left out of a call because the destination policy refuses them, by its rule', labelNames: ['rule'], registers }),
    destinationsChangedBeforeDiversion: new Counter({ name: 'ringthrough_destinations_changed_before_diversion_total', help: 'Changes of destinations found shortly before a diversion of their numbers', registers }),
    policyReads: new Counter({ name: 'ringthrough_policy_reads_total', help: 'Readings of a changed policy file, by result: taken or refused', labelNames: ['result'], registers }),
    automation: new Counter({ name: 'ringthrough_automation_total', help: 'What automation did with primaries, by action', labelNames: ['action'], registers }),
    heldBack: new Counter({ name: 'ringthrough_automation_held_back_total', help: 'What automation did not do, by the brake that held it back', labelNames: ['brake'], registers }),
    legs: new Counter({ name: 'ringthrough_legs_total', help: 'Legs that ended, by end and cause', labelNames: ['end', 'cause'], registers }),
    alertPosts: new Counter({ name: 'ringthrough_alert_posts_total', help: 'Posts of sources of alerts, by kind of source and result: taken, not-kept (Redis did not take it, and the sender was told to come again) or refused', labelNames: ['kind', 'result'], registers }),
    alerts: new Counter({ name: 'ringthrough_alerts_total', help: 'Alerts in posts that were taken, by kind of source and result: news, known or outdated', labelNames: ['kind', 'result'], registers }),
    webhooks: new Counter({ name: 'ringthrough_webhooks_total', help: 'Webhooks by verb and what became of them', labelNames: ['verb', 'result'], registers }),
    webhookSeconds: new Histogram({ name: 'ringthrough_webhook_seconds', help: 'Time to answer a webhook', labelNames: ['verb'], buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5], registers }),
    requests: new Counter({ name: 'ringthrough_requests_total', help: 'Requests to the API by method, route and status', labelNames: ['method', 'route', 'status'], registers }),
    authenticationsFailed: new Counter({ name: 'ringthrough_authentications_failed_total', help: 'Requests without a valid key, by their answer: refused or throttled', labelNames: ['answer'], registers }),
    shed: new Counter({ name: 'ringthrough_overload_shed_total', help: 'Requests that were refused because of overload, by class and by why: the load, or all places taken', labelNames: ['class', 'why'], registers }),
    connectionsRefused: new Counter({ name: 'ringthrough_connections_refused_total', help: 'Connections that were refused, because all together or one address had too many', labelNames: ['reason'], registers }),
    clientsCutOff: new Counter({ name: 'ringthrough_clients_cut_off_total', help: 'Connections that were ended because of what their client did, by what it was', labelNames: ['why'], registers }),
    probes: new Counter({ name: 'ringthrough_probes_total', help: 'Probes of primaries, by kind and what they say', labelNames: ['kind', 'claim'], registers }),
    probeSeconds: new Histogram({ name: 'ringthrough_probe_seconds', help: 'Time until a probe was answered', labelNames: ['kind'], buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4], registers }),
    messages: new Counter({ name: 'ringthrough_messages_total', help: 'Messages to receivers, by kind of receiver and result: sent, failed (it is tried again) or given-up', labelNames: ['kind', 'result'], registers }),
    owed: new Counter({ name: 'ringthrough_owed_total', help: 'What was owed to subscribers, by what became of it: told, unwanted (no subscriber asks for it), gone (its call is not kept any more) or unreadable', labelNames: ['result'], registers }),
    drillTests: new Counter({ name: 'ringthrough_drill_tests_total', help: 'Test calls of drills that have ended, by what they came to; counted where the workers run', labelNames: ['result'], registers }),
    pauses: new Counter({ name: 'ringthrough_process_pauses_total', help: 'Times that the process stood still, so that what it saw meanwhile was not believed', registers }),
    /** By carrier; taken at each scrape. */
    watchStrays(strays: () => ReadonlyMap<string, number>): void {
      const gauge: Gauge = new Gauge({
        name: 'ringthrough_carrier_strays', help: 'Numbers that the last check of a carrier found forwarded there though nothing here diverts them', labelNames: ['carrier'], registers,
        collect(): void {
          gauge.reset();
          for (const [carrier, count] of strays()) gauge.set({ carrier }, count);
        },
      });
    },
    /** Taken at each scrape; undefined as long as nothing was surveyed. */
    watchReadiness(told: () => { shares: Readonly<Record<string, number>>; reasons: Readonly<Record<string, number>> } | undefined): void {
      const shares: Gauge = new Gauge({
        name: 'ringthrough_readiness_share', help: 'Share of numbers, and of recent calls, that would be answered if their primary failed now, or at another hour; from 0 to 1', labelNames: ['of'], registers,
        collect(): void {
          shares.reset();
          for (const [of, share] of Object.entries(told()?.shares ?? {})) shares.set({ of }, share);
        },
      });
      const problems: Gauge = new Gauge({
        name: 'ringthrough_readiness_problems', help: 'Numbers that would not be answered if their primary failed now, or that are at risk, by reason', labelNames: ['reason'], registers,
        collect(): void {
          problems.reset();
          for (const [reason, numbers] of Object.entries(told()?.reasons ?? {})) problems.set({ reason }, numbers);
        },
      });
    },
    /** Registers the gauges; their values are taken at each scrape. */
    watch(readings: Readings): void {
      const gauge = (name: string, help: string, read: () => number): void => {
        const registered: Gauge = new Gauge({ name, help, registers, collect: (): void => registered.set(read()) });
      };
      gauge('ringthrough_numbers', 'Numbers in the routing table', readings.numbers);
      gauge('ringthrough_numbers_unprotected', 'Numbers in the routing table that have no plan', readings.unprotectedNumbers);
      gauge('ringthrough_table_revision', 'Revision that the routing table holds', readings.tableRevision);
      gauge('ringthrough_table_in_step', '1 while the routing table follows Redis, 0 while it answers from memory', () => (readings.tableInStep() ? 1 : 0));
      gauge('ringthrough_table_age_seconds', 'Seconds since the routing table was last known to be in step', readings.tableAgeSeconds);
      gauge('ringthrough_records_set_aside', 'Stored records that cannot be read', readings.recordsSetAside);
      gauge('ringthrough_active_legs', 'Legs to backups that are being dialled or talked on', readings.activeLegs);
      gauge('ringthrough_webhooks_remembered', 'Webhooks that are known to have been seen, here or by another process', readings.webhooksRemembered);
      gauge('ringthrough_call_claims_waiting', 'Claims about calls that wait to be recorded', readings.claimsWaiting);
      gauge('ringthrough_call_claims_dropped', 'Claims about calls that were given up: too many waited, or their record is broken', readings.claimsDropped);
      gauge('ringthrough_spool_entries', 'Records on the local disk that wait for Redis', readings.spoolEntries);
      gauge('ringthrough_spool_bytes', 'Size of the records on the local disk that wait for Redis', readings.spoolBytes);
      gauge('ringthrough_orders_pending', 'Diverts and restores that hold in this process alone until Redis is back', readings.ordersPending);
      gauge('ringthrough_primaries_diverted', 'Primaries that are diverted now', readings.primariesDiverted);
      gauge('ringthrough_sources_quiet', 'Sources of alerts that are expected to post and do not', readings.sourcesQuiet);
      gauge('ringthrough_policy_file_good', '1 while the policy file is what is in force, 0 while the last good one is', () => (readings.policyFileGood() ? 1 : 0));
      gauge('ringthrough_connections', 'Connections of clients that are open', readings.connections);
      gauge('ringthrough_overload_level', 'What is refused because of overload: 0 nothing, 1 background work, 2 requests to the API too, 3 calls too where there is a second origin', readings.overloadLevel);
      gauge('ringthrough_overload_lag_seconds', 'How late the process comes to its work', readings.overloadLagSeconds);
      gauge('ringthrough_probes', 'Probes that the process asks, each target once', readings.probes);
      gauge('ringthrough_references_silent', 'Reference targets that did not answer when they were last asked', readings.referencesSilent);
      gauge('ringthrough_gobag_written_timestamp_seconds', 'When this process wrote the go-bag last, seconds since 1970; 0 when it has not', readings.gobagWrittenSeconds);
      gauge('ringthrough_gobag_failures', 'How many times the go-bag could not be written', readings.gobagFailures);
      gauge('ringthrough_gobag_cannot', 'Numbers for which the go-bag can do nothing', readings.gobagCannot);
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
