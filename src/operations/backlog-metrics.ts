/** Metrics of what waits for subscribers, of all processes together, read from Redis at the scrape; and of how this process delivers it. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { COUNTED, type BacklogCounts } from '../domain/notification.ts';

export interface BacklogReadings {
  /** Asked once a scrape; while it rejects, nothing is told of it. */
  totals(): Promise<{ counts: BacklogCounts; bytes: number; unaccounted: number }>;
  /** Of the workers of this process; undefined: it has none. */
  replay: { readonly drains: number; budgets: { readonly posts: Readonly<Record<string, number>>; readonly primaries: ReadonlyMap<string, { limit: number; inFlight: number; waiting: number }> } } | undefined;
}

export function watchBacklogs(registry: Registry, { totals, replay }: BacklogReadings): void {
  const registers = [registry];
  type Totals = Awaited<ReturnType<BacklogReadings['totals']>>;
  let reading: Promise<Totals | undefined> | undefined;
  const read = (): Promise<Totals | undefined> => (reading ??= totals().catch(() => undefined).finally(() => (reading = undefined)));

  function shared(name: string, help: string, labelNames: string[], set: (gauge: Gauge, read: Totals) => void): void {
    const gauge: Gauge = new Gauge({ name, help, labelNames, registers, async collect() {
      const found = await read();
      gauge.reset();
      if (labelNames.length === 0) gauge.remove();
      if (found) set(gauge, found);
    } });
  }
  shared('ringthrough_notifications', 'Notifications for subscribers: those accepted, and what became of them; the others always add up to the accepted', ['counted'], (gauge, { counts }) => {
    for (const counted of COUNTED) gauge.set({ counted }, counts[counted]);
  });
  shared('ringthrough_notifications_unaccounted', 'Notifications that were accepted and neither wait nor have ended: 0, or something is wrong', [], (gauge, { unaccounted }) => gauge.set(unaccounted));
  shared('ringthrough_backlog_bytes', 'About how many bytes wait for subscribers', [], (gauge, { bytes }) => gauge.set(bytes));

  const drains: Gauge = new Gauge({ name: 'ringthrough_replay_drains', help: 'Subscribers whose backlogs this process works off', registers, collect: (): void => drains.set(replay?.drains ?? 0) });
  const posts: Counter = new Counter({ name: 'ringthrough_posts_total', help: 'Posts to subscribers, by how they ended: well, throttled (429, 502, 503, 504) or failed', labelNames: ['result'], registers, collect(): void {
    posts.reset();
    for (const [result, many] of Object.entries(replay?.budgets.posts ?? {})) posts.inc({ result }, many);
  } });
  function ofPrimaries(name: string, help: string, of: 'limit' | 'inFlight' | 'waiting'): void {
    const gauge: Gauge = new Gauge({ name, help, labelNames: ['primary'], registers, collect(): void {
      gauge.reset();
      for (const [primary, view] of replay?.budgets.primaries ?? []) gauge.set({ primary }, view[of]);
    } });
  }
  ofPrimaries('ringthrough_budget_limit', 'Posts that may be on their way at once to the subscribers of a primary, from all processes together', 'limit');
  ofPrimaries('ringthrough_budget_in_flight', 'Posts of this process that are on their way to the subscribers of a primary', 'inFlight');
  ofPrimaries('ringthrough_budget_waiting', 'Posts of this process that wait for their turn at a primary', 'waiting');
}
