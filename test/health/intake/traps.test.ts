/** What is known to go wrong with each sender, on its real bodies: each trap by its name. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readAlertmanager } from '../../../src/health/intake/alertmanager.ts';
import { readGeneric } from '../../../src/health/intake/generic.ts';
import { readGrafana } from '../../../src/health/intake/grafana.ts';
import { readPagerduty } from '../../../src/health/intake/pagerduty.ts';
import { byAuthorization, byGrafana, byPagerduty, byStandardWebhook } from '../../../src/health/intake/proof.ts';
import type { Post, ReadPost } from '../../../src/health/intake/signal.ts';
import { readStatuspage } from '../../../src/health/intake/statuspage.ts';
import { readUptimeKuma } from '../../../src/health/intake/uptime-kuma.ts';
import { ALERTMANAGER_FIRING, ALERTMANAGER_RESOLVED, GRAFANA_FIRING, KUMA_DOWN, KUMA_UP, PAGERDUTY_RESOLVED, PAGERDUTY_TRIGGERED, STATUSPAGE_COMPONENT, STATUSPAGE_CREATED, STATUSPAGE_UPDATE } from './bodies.ts';
import { hex, SECRET, standardWebhook } from './senders.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const says = (post: Post): string[] => post.signals.map((signal) => signal.says);
const saysOf = (read: ReadPost, body: unknown): string[] => says(read(body, NOW));

describe('Alertmanager', () => {
  const [one, two] = ALERTMANAGER_FIRING.alerts;

  test('is resolved by its status, though its end is the zero time', () => {
    expect(readAlertmanager(ALERTMANAGER_RESOLVED, NOW)).toEqual({
      signals: [{ alert: 'a1bc48475b20e73d', says: 'closed', at: Date.parse('2020-02-06T00:17:58.432Z'), knownAt: NOW, labels: { receiver: 'ops-zulip', alertname: 'High CPU Temperature', host: 'andromeda', severity: 'critical' }, title: 'High CPU Temperature' }],
      ignored: 0,
      missing: 0,
    });
  });

  test('firing and resolved come in one body: the status of the group says nothing', () => {
    expect(saysOf(readAlertmanager, { ...ALERTMANAGER_FIRING, alerts: [one, { ...two, status: 'resolved' }] })).toEqual(['open', 'closed']);
    expect(saysOf(readAlertmanager, { ...ALERTMANAGER_FIRING, status: 'resolved' })).toEqual(['open', 'open']);
  });

  test('a list that was cut, or has one that cannot be read, is told as that, and the rest counts', () => {
    expect(readAlertmanager({ ...ALERTMANAGER_FIRING, truncatedAlerts: 12 }, NOW)).toMatchObject({ missing: 12, signals: [{}, {}] });
    expect(readAlertmanager({ ...ALERTMANAGER_FIRING, alerts: [null, one, 'x', { status: 'firing' }] }, NOW)).toMatchObject({ missing: 3, signals: [{ alert: one?.fingerprint }] });
    const many = readAlertmanager({ ...ALERTMANAGER_FIRING, alerts: Array.from({ length: 1200 }, () => one) }, NOW);
    expect([many.signals.length, many.missing]).toEqual([1000, 200]);
  });

  test('a new episode of one fingerprint is known by its start', () => {
    const [again] = readAlertmanager({ ...ALERTMANAGER_FIRING, alerts: [{ ...one, startsAt: '2020-02-06T00:30:00Z' }] }, NOW).signals;
    const [ended] = readAlertmanager(ALERTMANAGER_RESOLVED, NOW).signals;
    expect(again?.alert).toBe(ended?.alert);
    expect(again?.at).toBeGreaterThan(ended?.at ?? Infinity);
  });

  test('without a fingerprint the labels are its name, in whatever order', () => {
    const named = (labels: Record<string, string>) => readAlertmanager({ alerts: [{ status: 'firing', labels }] }, NOW).signals[0]?.alert;
    expect(named({ a: '1', b: '2' })).toBe(named({ b: '2', a: '1' }));
    expect(named({ a: '1', b: '2' })).not.toBe(named({ a: '1', b: '3' }));
  });

  test('a body of Grafana that comes here is read as one', () => {
    const [alert] = GRAFANA_FIRING.alerts;
    expect(saysOf(readAlertmanager, { ...GRAFANA_FIRING, alerts: [{ ...alert, labels: { alertname: 'DatasourceNoData' } }] })).toEqual(['unknown']);
  });

  test('the secret may be a token or the password of Basic, whatever the user is called', () => {
    const early = (authorization: string) => byAuthorization.early?.({ headers: { authorization }, inAddress: undefined }, [SECRET]);
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    expect([`Bearer ${SECRET}`, `bearer ${SECRET}`, basic(`alertmanager:${SECRET}`), basic(`:${SECRET}`)].map(early)).toEqual([true, true, true, true]);
    expect([`Bearer ${SECRET}x`, basic(SECRET), basic(`${SECRET}:`), `Digest ${SECRET}`, SECRET, 'Bearer', `Bearer ${SECRET} x`].map(early)).toEqual(Array.from({ length: 7 }, () => false));
  });
});

describe('Grafana', () => {
  const [one] = GRAFANA_FIRING.alerts;
  const alone = (alert: unknown) => ({ ...GRAFANA_FIRING, alerts: [alert] });

  test('its documented body is two open alerts', () => {
    expect(readGrafana(GRAFANA_FIRING, NOW).signals.map(({ alert, says: said, labels }) => [alert, said, labels['zone']])).toEqual([['c6eadffa33fcdf37', 'open', 'us-1'], ['bc97ff14869b13e3', 'open', 'eu-1']]);
  });

  test.each(['DatasourceNoData', 'DatasourceError'])('%s cannot see, and says nothing of what it looks at', (alertname) => {
    expect(saysOf(readGrafana, alone({ ...one, labels: { ...one?.labels, alertname } }))).toEqual(['unknown']);
  });

  test.each(['NoData', 'Error', 'Alerting, Error'])('an alert that fires because of %s cannot see', (reason) => {
    expect(saysOf(readGrafana, alone({ ...one, annotations: { grafana_state_reason: reason } }))).toEqual(['unknown']);
  });

  test.each(['MissingSeries', 'NoData', 'Error', 'Updated', 'Paused', 'RuleDeleted'])('one that is resolved because of %s has not recovered', (reason) => {
    expect(saysOf(readGrafana, alone({ ...one, status: 'resolved', annotations: { grafana_state_reason: reason } }))).toEqual(['unknown']);
  });

  test('what is signed with a time is not believed long after it, nor without the time', () => {
    const body = JSON.stringify(GRAFANA_FIRING);
    const time = String(NOW / 1000);
    const late = (headers: Record<string, string>, now = NOW) => byGrafana.late?.({ headers, inAddress: undefined }, Buffer.from(body), [SECRET], now);
    const signed = { 'x-grafana-alerting-signature': hex(SECRET, `${time}:${body}`), 'x-grafana-alerting-timestamp': time };
    expect(late(signed)).toBe(true);
    expect(late(signed, NOW + 301_000)).toBe(false);
    expect(late({ 'x-grafana-alerting-signature': signed['x-grafana-alerting-signature'] })).toBe(false);
    expect(late({ ...signed, 'x-grafana-alerting-timestamp': String(NOW / 1000 + 1) })).toBe(false);
  });
});

describe('Statuspage', () => {
  const component = (status: string) => ({ ...STATUSPAGE_COMPONENT, component_update: { ...STATUSPAGE_COMPONENT.component_update, new_status: status } });
  const [part] = STATUSPAGE_CREATED.incident.components;
  const incident = (more: object, status = 'operational') => ({ ...STATUSPAGE_CREATED, incident: { ...STATUSPAGE_CREATED.incident, components: [{ ...part, status }], ...more } });

  test('work that was planned is no outage, and does not say that one is over', () => {
    expect(readStatuspage(STATUSPAGE_COMPONENT, NOW).signals).toMatchObject([{ alert: 'component:sqm6pl84wzjc', says: 'unknown', labels: { component: 'sqm6pl84wzjc', page: 'jb7j80lkgqvb', name: 'Database component' } }]);
  });

  test.each([['degraded_performance', 'degraded'], ['partial_outage', 'degraded'], ['major_outage', 'down'], ['operational', 'closed'], ['on_fire', 'unknown']])('a component that is %s is %s', (status, said) => {
    expect(saysOf(readStatuspage, component(status))).toEqual([said]);
  });

  test('a real incident without impact, of a component that works, claims nothing; nor does its end', () => {
    expect(saysOf(readStatuspage, STATUSPAGE_CREATED)).toEqual(['closed']);
    expect(readStatuspage(STATUSPAGE_UPDATE, NOW).signals).toMatchObject([{ alert: 'incident:z3lct0r596n4:zvdm6f7gf76j', says: 'closed', at: Date.parse('2017-12-26T07:37:20.837Z') }]);
    expect(readStatuspage(STATUSPAGE_UPDATE, NOW).signals[0]?.at).toBeGreaterThan(readStatuspage(STATUSPAGE_CREATED, NOW).signals[0]?.at ?? Infinity);
  });

  test.each([['critical', 'down'], ['major', 'degraded'], ['minor', 'degraded'], ['vast', 'unknown']])('an open incident of impact %s says %s', (impact, said) => {
    expect(saysOf(readStatuspage, incident({ impact }))).toEqual([said]);
    expect(saysOf(readStatuspage, incident({ impact_override: impact }))).toEqual([said]);
    expect(saysOf(readStatuspage, incident({ impact, components: [] }))).toEqual([said]);
  });

  test('what the component is counts too, the worse of both', () => {
    expect(saysOf(readStatuspage, incident({}, 'major_outage'))).toEqual(['down']);
    expect(saysOf(readStatuspage, incident({ impact: 'critical' }, 'degraded_performance'))).toEqual(['down']);
  });

  test('"monitoring" is not recovery', () => {
    expect(saysOf(readStatuspage, incident({ status: 'monitoring', impact: 'critical' }))).toEqual(['degraded']);
    expect(saysOf(readStatuspage, incident({ status: 'monitoring', impact: 'critical' }, 'major_outage'))).toEqual(['down']);
    expect(saysOf(readStatuspage, incident({ status: 'monitoring' }))).toEqual(['unknown']);
    expect(saysOf(readStatuspage, incident({ status: 'resolved', impact: 'critical' }))).toEqual(['closed']);
    expect(saysOf(readStatuspage, incident({ status: 'sorted_out', impact: 'critical' }))).toEqual(['unknown']);
  });

  test.each([{ status: 'scheduled' }, { status: 'in_progress' }, { status: 'verifying' }, { status: 'completed' }, { backfilled: true }, { scheduled_for: '2026-11-22T22:00:00Z' }])('what was planned or is written up afterwards says nothing: %j', (more) => {
    expect(readStatuspage(incident({ impact: 'critical', ...more }, 'major_outage'), NOW)).toEqual({ signals: [], ignored: 1, missing: 0 });
  });
});

describe('PagerDuty', () => {
  test('a real incident opens, under the id of its service', () => {
    expect(readPagerduty(PAGERDUTY_TRIGGERED, NOW).signals).toMatchObject([{ alert: 'PFQZPSY', says: 'open', at: Date.parse('2021-06-04T13:35:29.781Z'), knownAt: Date.parse('2021-06-04T13:35:29.781Z'), labels: { service: 'PA2P440', 'service-name': 'pig208', urgency: 'high' } }]);
  });

  test('the end of another incident is that of another', () => {
    expect(readPagerduty(PAGERDUTY_RESOLVED, NOW).signals).toMatchObject([{ alert: 'PCPZE64', says: 'closed' }]);
  });

  test('reopened is open again', () => {
    expect(saysOf(readPagerduty, { event: { ...PAGERDUTY_RESOLVED.event, event_type: 'incident.reopened' } })).toEqual(['open']);
  });

  test.each(['incident.acknowledged', 'incident.unacknowledged', 'incident.annotated', 'incident.priority_updated', 'incident.reassigned', 'incident.escalated', 'incident.responder.added', 'service.updated', 'pagey.ping', 'constructor'])('%s changes nothing', (type) => {
    expect(readPagerduty({ event: { ...PAGERDUTY_TRIGGERED.event, event_type: type } }, NOW)).toEqual({ signals: [], ignored: 1, missing: 0 });
  });

  test('any of several signatures counts, over the very bytes', () => {
    const body = Buffer.from(JSON.stringify(PAGERDUTY_TRIGGERED, undefined, 1));
    const late = (signature: string, bytes = body) => byPagerduty.late?.({ headers: { 'x-pagerduty-signature': signature }, inAddress: undefined }, bytes, [SECRET], NOW);
    const good = `v1=${hex(SECRET, body)}`;
    expect([good, `v1=${'0'.repeat(64)},${good}`, ` ${good} , v1=${'0'.repeat(64)}`, `v0=abc,${good}`].map((one) => late(one))).toEqual([true, true, true, true]);
    expect([hex(SECRET, body), `v2=${hex(SECRET, body)}`, 'v1=', good.slice(0, -1), `${good}00`].map((one) => late(one))).toEqual([false, false, false, false, false]);
    expect(late(good, Buffer.from(JSON.stringify(PAGERDUTY_TRIGGERED)))).toBe(false);
  });
});

describe('Uptime Kuma', () => {
  test('its captured bodies: down, and up again, at times of UTC that say no zone', () => {
    expect(readUptimeKuma(KUMA_DOWN, NOW).signals).toEqual([{ alert: '7', says: 'open', at: Date.parse('2026-09-16T12:00:00Z'), knownAt: Date.parse('2026-09-16T12:00:00Z'), labels: { monitor: '7', name: 'API', type: 'http', host: 'api.example.com' }, title: 'monitor API' }]);
    expect(readUptimeKuma(KUMA_UP, NOW).signals).toMatchObject([{ alert: '7', says: 'closed', at: Date.parse('2026-09-16T12:05:00Z') }]);
  });

  test('the test button sends nulls, and so do warnings of certificates', () => {
    for (const msg of ['Ringthrough Testing', '[API][https://api.example.com] Certificate will expire in 7 days']) {
      expect(readUptimeKuma({ heartbeat: null, monitor: null, msg }, NOW)).toEqual({ signals: [], ignored: 1, missing: 0 });
    }
  });

  test.each([[2, 'pending'], [3, 'maintenance'], [9, 'nothing that is known']])('status %i is %s: unknown', (status) => {
    expect(saysOf(readUptimeKuma, { ...KUMA_DOWN, heartbeat: { ...KUMA_DOWN.heartbeat, status } })).toEqual(['unknown']);
  });

  test('no password of an address becomes a label', () => {
    const [signal] = readUptimeKuma({ ...KUMA_DOWN, monitor: { ...KUMA_DOWN.monitor, url: 'https://user:pass-0123456789@api.example.com/health?token=abc' } }, NOW).signals;
    expect(JSON.stringify(signal)).not.toMatch(/pass-|abc/);
    expect(signal?.labels['host']).toBe('api.example.com');
  });
});

describe('the generic form', () => {
  test('one alert or several, with a claim of their own or without', () => {
    expect(readGeneric({ alerts: [{ alert: 'a', state: 'overloaded' }, { alert: 'b', state: 'open', title: 'B', at: '2026-11-22T11:00:00+01:00' }, { state: 'open' }] }, NOW)).toEqual({
      signals: [{ alert: 'a', says: 'overloaded', at: NOW, knownAt: NOW, labels: { alert: 'a' }, title: 'a' }, { alert: 'b', says: 'open', at: Date.parse('2026-11-22T10:00:00Z'), knownAt: Date.parse('2026-11-22T10:00:00Z'), labels: { alert: 'b' }, title: 'B' }],
      ignored: 0,
      missing: 1,
    });
  });

  test('"up" is nothing that it can say', () => {
    expect(saysOf(readGeneric, { alert: 'a', state: 'up' })).toEqual(['unknown']);
  });

  test('the vector of Standard Webhooks is believed in its time', () => {
    // github.com/standard-webhooks/standard-webhooks, test `verifyWebhookSignWorks`.
    const headers = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' };
    const late = (now: number, given: Record<string, string> = headers) => byStandardWebhook.late?.({ headers: given, inAddress: undefined }, Buffer.from('{"test": 2432232314}'), ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], now);
    expect([1_614_265_330_000, 1_614_265_630_000, 1_614_265_030_000].map((now) => late(now))).toEqual([true, true, true]);
    expect([1_614_265_631_000, 1_614_265_029_000].map((now) => late(now))).toEqual([false, false]);
    expect(late(1_614_265_330_000, { ...headers, 'webhook-id': 'msg_other' })).toBe(false);
    expect(late(1_614_265_330_000, { ...headers, 'webhook-signature': `v1a,x v2,y ${headers['webhook-signature']}` })).toBe(true);
  });

  test('a secret that is none has no key, and signs nothing', () => {
    const body = Buffer.from('{}');
    const signature = createHmac('sha256', '').update(`msg_1.${NOW / 1000}.{}`).digest('base64');
    expect(byStandardWebhook.late?.({ headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': String(NOW / 1000), 'webhook-signature': `v1,${signature}` }, inAddress: undefined }, body, ['', 'whsec_'], NOW)).toBe(false);
    expect(byStandardWebhook.late?.(standardWebhook(body, SECRET, NOW), body, [SECRET], NOW)).toBe(true);
  });
});
