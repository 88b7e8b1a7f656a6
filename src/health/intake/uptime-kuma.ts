/**
 * Uptime Kuma's webhook, preset JSON (louislam/uptime-kuma, `server/notification-providers/webhook.js`). Its "Test" button and its warnings of
 * certificates have neither heartbeat nor monitor. `time` is in UTC and says no zone.
 */
import { member, textAt } from '../../domain/json.ts';
import { alertName, labelled, momentOf, objectOf, sane, unreadable, type ReadPost, type Signal } from './signal.ts';

/** 2 is pending, 3 maintenance: of neither is it known whether it is up. */
const SAYS: Readonly<Record<string, Signal['says']>> = { 0: 'open', 1: 'closed' };

/** Addresses may have passwords and tokens in them. */
function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}

export const readUptimeKuma: ReadPost = (given, now) => {
  const body = objectOf(given, 'a notification');
  const heartbeat = member(body, 'heartbeat');
  const monitor = member(body, 'monitor');
  if (heartbeat === undefined && typeof member(body, 'msg') !== 'string') throw unreadable('Neither /heartbeat nor /msg is there');
  if (heartbeat === null || heartbeat === undefined) return { signals: [], ignored: 1, missing: 0 };
  const id = textAt(monitor, 'id') ?? textAt(heartbeat, 'monitorID');
  const status = textAt(heartbeat, 'status');
  if (id === undefined || status === undefined) throw unreadable('/monitor/id or /heartbeat/status is missing');
  const at = sane(momentOf(`${(textAt(heartbeat, 'time') ?? '').replace(' ', 'T')}Z`), now);
  const name = textAt(monitor, 'name');
  const host = hostOf(textAt(monitor, 'url')) ?? textAt(monitor, 'hostname');
  return { signals: [{ alert: alertName(id), says: (Object.hasOwn(SAYS, status) ? SAYS[status] : undefined) ?? 'unknown', at, knownAt: at, labels: labelled({ monitor: id, name, type: textAt(monitor, 'type'), host }), title: `monitor ${name ?? id}` }], ignored: 0, missing: 0 };
};
