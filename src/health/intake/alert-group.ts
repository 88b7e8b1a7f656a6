/**
 * A group of alerts as Alertmanager's webhook has it (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), which Grafana
 * follows. What an alert's own status says counts: a group is sent as a whole, so that firing and resolved ones are in one body. `endsAt` says
 * nothing of the state: resolved alerts were seen with none.
 */
import { listAt, member, textAt } from '../../domain/json.ts';
import { alertName, labelled, labelsAt, momentOf, MOST_SIGNALS, objectOf, sane, unreadable, type Post, type Signal } from './signal.ts';

/** What the status of one alert says; `alert` is the whole of it. */
export type StatusReader = (status: string, alert: unknown) => Signal['says'];

/** Any status but these is not known, and is never taken for a good one. */
export const plainStatus: StatusReader = (status) => (status === 'firing' ? 'open' : status === 'resolved' ? 'closed' : 'unknown');

/** Alertmanager's from 0.19 on have one; it stands for the labels, as they do themselves. */
function nameOf(alert: unknown, labels: Readonly<Record<string, string>>): string {
  return alertName(textAt(alert, 'fingerprint') ?? JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))));
}

function readAlert(alert: unknown, receiver: string | undefined, status: StatusReader, now: number): Signal | undefined {
  const said = textAt(alert, 'status');
  if (said === undefined || typeof member(alert, 'labels') !== 'object') return undefined;
  const labels = labelsAt(alert, 'labels');
  return {
    alert: nameOf(alert, labels),
    says: status(said, alert),
    // One episode of an alert has one start, and firing is repeated with it: what is said of one episode counts in the order in which it comes.
    at: sane(momentOf(member(alert, 'startsAt')), now),
    knownAt: now,
    labels: { ...labelled({ receiver }), ...labels },
    title: labels['alertname'] ?? 'an alert without a name',
  };
}

/** Throws `alert_unreadable` for what is no group. */
export function readAlertGroup(body: unknown, now: number, status: StatusReader): Post {
  const group = objectOf(body, 'a group of alerts');
  if (!Array.isArray(group['alerts'])) throw unreadable('/alerts is missing: a group of alerts has a list of them');
  const all = listAt(group, 'alerts');
  const receiver = textAt(group, 'receiver');
  const signals = all.slice(0, MOST_SIGNALS).flatMap((alert) => readAlert(alert, receiver, status, now) ?? []);
  const cut = member(group, 'truncatedAlerts');
  return { signals, ignored: 0, missing: all.length - signals.length + (typeof cut === 'number' && cut > 0 ? Math.floor(cut) : 0) };
}
