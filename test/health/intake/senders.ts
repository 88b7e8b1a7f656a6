/** What the tests know of each kind of sender: a body that opens, the one that closes the same thing, one of a state that nobody knows, and how it proves itself. */
import { createHmac } from 'node:crypto';
import type { Presented } from '../../../src/health/intake/proof.ts';
import type { SourceKind } from '../../../src/domain/source.ts';
import { ALERTMANAGER_FIRING, ALERTMANAGER_RESOLVED, GRAFANA_FIRING, KUMA_DOWN, KUMA_UP, PAGERDUTY_TRIGGERED, STATUSPAGE_COMPONENT } from './bodies.ts';

export interface Sender {
  open: unknown;
  /** Of the first thing that `open` speaks of. */
  closed: unknown;
  strange: unknown;
  /** A label of the first thing. */
  label: readonly [name: string, value: string];
  /** Headers, and what stands behind the id in the address, for a body sent at a moment. */
  prove(body: string | Buffer, secret: string, now: number): Presented;
}

export const SECRET = 'secret-of-a-source-0123456789';
export const hex = (secret: string, text: string | Buffer): string => createHmac('sha256', secret).update(text).digest('hex');

const bearer: Sender['prove'] = (_body, secret) => ({ headers: { authorization: `Bearer ${secret}` }, inAddress: undefined });
const inAddress: Sender['prove'] = (_body, secret) => ({ headers: {}, inAddress: secret });

export function standardWebhook(body: string | Buffer, secret: string, now: number, id = 'msg_1'): Presented {
  const time = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${time}.`).update(body).digest('base64');
  return { headers: { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` }, inAddress: undefined };
}

const [firing] = ALERTMANAGER_FIRING.alerts;
const [grafana] = GRAFANA_FIRING.alerts;
const componentIs = (status: string, at: string) => ({ ...STATUSPAGE_COMPONENT, component: { ...STATUSPAGE_COMPONENT.component, status }, component_update: { ...STATUSPAGE_COMPONENT.component_update, new_status: status, created_at: at } });

export const SENDERS: Readonly<Record<Exclude<SourceKind, 'heartbeat'>, Sender>> = {
  alertmanager: { open: ALERTMANAGER_FIRING, closed: ALERTMANAGER_RESOLVED, strange: { ...ALERTMANAGER_FIRING, alerts: [{ ...firing, status: 'suppressed' }] }, label: ['host', 'andromeda'], prove: bearer },
  generic: {
    open: { alert: 'pbx-trunk', state: 'open', at: '2026-11-22T10:00:00Z', labels: { site: 'dc1' } },
    closed: { alert: 'pbx-trunk', state: 'closed', at: '2026-11-22T10:05:00Z', labels: { site: 'dc1' } },
    strange: { alert: 'pbx-trunk', state: 'up', labels: { site: 'dc1' } },
    label: ['site', 'dc1'],
    prove: (body, secret, now) => standardWebhook(body, secret, now),
  },
  grafana: {
    open: GRAFANA_FIRING,
    closed: { ...GRAFANA_FIRING, status: 'resolved', state: 'ok', alerts: [{ ...grafana, status: 'resolved', endsAt: '2021-10-12T10:01:03.157076+02:00' }] },
    strange: { ...GRAFANA_FIRING, alerts: [{ ...grafana, status: 'recovering' }] },
    label: ['zone', 'us-1'],
    prove: (body, secret) => ({ headers: { 'x-grafana-alerting-signature': hex(secret, body) }, inAddress: undefined }),
  },
  pagerduty: {
    open: PAGERDUTY_TRIGGERED,
    closed: { event: { ...PAGERDUTY_TRIGGERED.event, id: '01BZYIL05THJDFF2Y08X9SVMTV', event_type: 'incident.resolved', occurred_at: '2021-06-04T13:40:29.781Z', data: { ...PAGERDUTY_TRIGGERED.event.data, status: 'resolved' } } },
    strange: { event: { ...PAGERDUTY_TRIGGERED.event, event_type: 'incident.vanished' } },
    label: ['service', 'PA2P440'],
    prove: (body, secret) => ({ headers: { 'x-pagerduty-signature': `v1=${hex('of-another-endpoint', body)},v1=${hex(secret, body)}` }, inAddress: undefined }),
  },
  statuspage: { open: componentIs('major_outage', '2017-12-26T07:59:09.379Z'), closed: componentIs('operational', '2017-12-26T08:12:00.000Z'), strange: componentIs('on_fire', '2017-12-26T08:00:00.000Z'), label: ['component', 'sqm6pl84wzjc'], prove: inAddress },
  'uptime-kuma': { open: KUMA_DOWN, closed: KUMA_UP, strange: { ...KUMA_DOWN, heartbeat: { ...KUMA_DOWN.heartbeat, status: 7 } }, label: ['monitor', '7'], prove: bearer },
};

export const SENDER_KINDS = Object.keys(SENDERS) as (keyof typeof SENDERS)[];
