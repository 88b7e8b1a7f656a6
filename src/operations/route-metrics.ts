/** Metrics of the routings at carriers of approvals that wait and of what is owed to subscribers. They are of all processes together, read from Redis at the scrape: each process tells the same. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { WRITE_OUTCOMES, type CarrierReading, type SharedReadings } from '../domain/route-readings.ts';

/** `read` is asked once a scrape; while it rejects, nothing is told. */
export function watchShared(registry: Registry, read: () => Promise<SharedReadings>): void {
  const registers = [registry];
  let reading: Promise<SharedReadings | undefined> | undefined;
  const readings = (): Promise<SharedReadings | undefined> => (reading ??= read().catch(() => undefined).finally(() => (reading = undefined)));

  type Values = readonly (readonly [labels: Record<string, string>, value: number])[];
  function gauge(name: string, help: string, labelNames: string[], values: (shared: SharedReadings) => Values): void {
    const registered: Gauge = new Gauge({ name, help, labelNames, registers, async collect() {
      const shared = await readings();
      registered.reset();
      // One without labels is put to 0 by that, which would be told.
      if (labelNames.length === 0) registered.remove();
      for (const [labels, value] of shared ? values(shared) : []) registered.set(labels, value);
    } });
  }
  function counter(name: string, help: string, labelNames: string[], values: (shared: SharedReadings) => Values): void {
    const registered: Counter = new Counter({ name, help, labelNames, registers, async collect() {
      const shared = await readings();
      registered.reset();
      for (const [labels, value] of shared ? values(shared) : []) registered.inc(labels, value);
    } });
  }
  const each = (of: (reading: CarrierReading) => Values) => ({ carriers }: SharedReadings): Values => carriers.flatMap((one) => of(one).map(([labels, value]) => [{ carrier: one.carrier, ...labels }, value] as const));

  gauge('ringthrough_routes', 'Routings at carriers by their state: numbers, also those of which only the fallback is kept, and groups that many numbers share', ['carrier', 'unit', 'state'], each(({ states }) => Object.entries(states).flatMap(([unit, counts]) => Object.entries(counts).map(([state, count]) => [{ unit, state }, count] as const))));
  gauge('ringthrough_routes_due', 'Routings that are to be looked at now, by how important they are', ['carrier', 'rank'], each(({ due }) => Object.entries(due).map(([rank, count]) => [{ rank }, count] as const)));
  gauge('ringthrough_routes_critical_waiting_seconds', 'How long the first of the critical numbers has been due', ['carrier'], each(({ criticalWaitsSeconds }) => [[{}, criticalWaitsSeconds]]));
  counter('ringthrough_route_writes_total', 'Writes of routings at carriers, by outcome', ['carrier', 'outcome'], each(({ writes }) => WRITE_OUTCOMES.map((outcome) => [{ outcome }, writes[outcome]] as const)));
  counter('ringthrough_route_read_backs_total', 'Routings that were read after a write, to see whether it holds', ['carrier'], each(({ readBacks }) => [[{}, readBacks]]));
  gauge('ringthrough_carrier_failing', '1 while the API of a carrier fails time after time and is tried now and then', ['carrier'], each(({ failing }) => [[{}, failing ? 1 : 0]]));
  gauge('ringthrough_carrier_pause_seconds', 'For how long nothing is sent to the API of a carrier, because it asked for a pause or fails', ['carrier'], each(({ pauseSeconds }) => [[{}, pauseSeconds]]));
  gauge('ringthrough_approvals_waiting', 'Changes that wait for a second admin', [], ({ approvals }) => [[{}, approvals.waiting]]);
  gauge('ringthrough_approvals_oldest_seconds', 'How long the first of the changes that wait for a second admin has waited', [], ({ approvals }) => [[{}, approvals.oldestSeconds]]);
  gauge('ringthrough_owed', 'What is owed to subscribers and was not looked at yet', [], ({ owed }) => [[{}, owed]]);
}
