/** Bodies as their senders really post them, verbatim from public sources; tests read them, and change copies of them. */

/** github.com/zulip/zulip `zerver/webhooks/alertmanager/fixtures/alert.json`, commit 71b5e33c (Apache-2.0). */
export const ALERTMANAGER_FIRING = {
  receiver: 'ops-zulip',
  status: 'firing',
  groupLabels: {},
  commonLabels: { alertname: 'High CPU Temperature', severity: 'critical' },
  commonAnnotations: { summary: 'High CPU core temperature' },
  externalURL: 'http://ops1:9093',
  version: '4',
  groupKey: '{}/{}:{}',
  alerts: [
    { status: 'firing', labels: { alertname: 'High CPU Temperature', host: 'andromeda', severity: 'critical' }, annotations: { description: 'CPU core temperature is 34.75C', topic: 'andromeda', summary: 'High CPU core temperature' }, startsAt: '2020-02-06T00:17:58.432911368Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://cobalt:9090/graph?g0.expr=avg+by%28host%29+%28sensors_temp_input%7Bfeature%3D~%22core_%5B0-9%5D%2B%22%7D%29+%3E+15&g0.tab=1', fingerprint: 'a1bc48475b20e73d' },
    { status: 'firing', labels: { alertname: 'High CPU Temperature', host: 'andromeda', severity: 'critical' }, annotations: { description: 'CPU core temperature is 17.625C', topic: 'andromeda', summary: 'High CPU core temperature' }, startsAt: '2020-02-06T00:17:58.432911368Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://cobalt:9090/graph?g0.expr=avg+by%28host%29+%28sensors_temp_input%7Bfeature%3D~%22core_%5B0-9%5D%2B%22%7D%29+%3E+15&g0.tab=1', fingerprint: 'c2ea85182f28cbd9' },
  ],
};

/** github.com/zulip/zulip `zerver/webhooks/alertmanager/fixtures/single_alert.json`, commit c67d8760: resolved although `endsAt` is the zero time. */
export const ALERTMANAGER_RESOLVED = {
  receiver: 'ops-zulip',
  status: 'resolved',
  groupLabels: {},
  commonLabels: { alertname: 'High CPU Temperature', severity: 'critical' },
  commonAnnotations: { summary: 'High CPU core temperature' },
  externalURL: 'http://ops1:9093',
  version: '4',
  groupKey: '{}/{}:{}',
  alerts: [
    { status: 'resolved', labels: { alertname: 'High CPU Temperature', host: 'andromeda', severity: 'critical' }, annotations: { description: 'CPU core temperature is 34.75C', topic: 'andromeda', summary: 'High CPU core temperature' }, startsAt: '2020-02-06T00:17:58.432911368Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://cobalt:9090/graph?g0.expr=avg+by%28host%29+%28sensors_temp_input%7Bfeature%3D~%22core_%5B0-9%5D%2B%22%7D%29+%3E+15&g0.tab=1', fingerprint: 'a1bc48475b20e73d' },
  ],
};

/** github.com/grafana/grafana `docs/sources/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier.md`, commit 06bab5c0, its `message` shortened. */
export const GRAFANA_FIRING = {
  receiver: 'My Super Webhook',
  status: 'firing',
  orgId: 1,
  alerts: [
    { status: 'firing', labels: { alertname: 'High memory usage', team: 'blue', zone: 'us-1' }, annotations: { description: 'The system has high memory usage', runbook_url: 'https://myrunbook.com/runbook/1234', summary: 'This alert was triggered for zone us-1' }, startsAt: '2021-10-12T09:51:03.157076+02:00', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'https://play.grafana.org/alerting/1afz29v7z/edit', fingerprint: 'c6eadffa33fcdf37', silenceURL: 'https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1', dashboardURL: '', panelURL: '', values: { B: 44.23943737541908, C: 1 } },
    { status: 'firing', labels: { alertname: 'High CPU usage', team: 'blue', zone: 'eu-1' }, annotations: { description: 'The system has high CPU usage', runbook_url: 'https://myrunbook.com/runbook/1234', summary: 'This alert was triggered for zone eu-1' }, startsAt: '2021-10-12T09:56:03.157076+02:00', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'https://play.grafana.org/alerting/d1rdpdv7k/edit', fingerprint: 'bc97ff14869b13e3', silenceURL: 'https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT1%2Cteam%3Dblue%2Czone%3Deu-1', dashboardURL: '', panelURL: '', values: { B: 44.23943737541908, C: 1 } },
  ],
  groupLabels: {},
  commonLabels: { team: 'blue' },
  commonAnnotations: {},
  externalURL: 'https://play.grafana.org/',
  version: '1',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  title: '[FIRING:2]  (blue)',
  state: 'alerting',
  message: '**Firing**\n\nLabels:\n - alertname = T2\n - team = blue\n - zone = us-1\n',
};

/** github.com/zulip/zulip `zerver/webhooks/statuspage/fixtures/component_status_update.json`, commit 628dc748. */
export const STATUSPAGE_COMPONENT = {
  meta: {
    unsubscribe: 'http://mycompany24.statuspage.io/?unsubscribe=zjcdb6727vmj',
    documentation: 'http://doers.statuspage.io/customer-notifications/webhooks/',
    generated_at: '2017-12-26T07:59:09.498Z',
  },
  page: { id: 'jb7j80lkgqvb', status_indicator: 'maintenance', status_description: 'Service Under Maintenance' },
  component: {
    status: 'under_maintenance',
    name: 'Database component',
    created_at: '2017-12-26T07:57:28.743Z',
    updated_at: '2017-12-26T07:59:09.371Z',
    position: 3,
    description: null,
    showcase: true,
    id: 'sqm6pl84wzjc',
    page_id: 'jb7j80lkgqvb',
    group_id: null,
  },
  component_update: {
    old_status: 'operational',
    new_status: 'under_maintenance',
    created_at: '2017-12-26T07:59:09.379Z',
    component_type: 'Component',
    id: 'nd963wv4j30b',
    component_id: 'sqm6pl84wzjc',
  },
};

/** github.com/zulip/zulip `zerver/webhooks/statuspage/fixtures/incident_created.json`, commit a6b6aa5b. */
export const STATUSPAGE_CREATED = {
  meta: {
    unsubscribe: 'http://mycompany24.statuspage.io/?unsubscribe=zjcdb6727vmj',
    documentation: 'http://doers.statuspage.io/customer-notifications/webhooks/',
    generated_at: '2017-12-26T07:32:00.770Z',
  },
  page: { id: 'jb7j80lkgqvb', status_indicator: 'none', status_description: 'All Systems Operational' },
  incident: {
    name: 'Database query delays',
    status: 'identified',
    created_at: '2017-12-26T07:32:00.507Z',
    updated_at: '2017-12-26T07:32:00.603Z',
    monitoring_at: null,
    resolved_at: null,
    impact: 'none',
    shortlink: 'http://stspg.io/646947c1e',
    postmortem_ignored: false,
    postmortem_body: null,
    postmortem_body_last_updated_at: null,
    postmortem_published_at: null,
    postmortem_notified_subscribers: false,
    postmortem_notified_twitter: false,
    backfilled: false,
    scheduled_for: null,
    scheduled_until: null,
    scheduled_remind_prior: false,
    scheduled_reminded_at: null,
    impact_override: null,
    scheduled_auto_in_progress: false,
    scheduled_auto_completed: false,
    id: 'z3lct0r596n4',
    page_id: 'jb7j80lkgqvb',
    incident_updates: [{ status: 'identified', body: "We just encountered that database queries are timing out resulting in inconvenience to our end users...we'll do quick fix latest by tomorrow !!!", created_at: '2017-12-26T07:32:00.548Z', wants_twitter_update: false, twitter_updated_at: null, updated_at: '2017-12-26T07:32:00.548Z', display_at: '2017-12-26T07:32:00.548Z', affected_components: [{ code: 'zvdm6f7gf76j', name: 'Management Portal (example)', old_status: 'operational', new_status: 'operational' }], custom_tweet: null, deliver_notifications: true, id: 'qm8bgczn0p2n', incident_id: 'z3lct0r596n4' }],
    components: [{ status: 'operational', name: 'Management Portal (example)', created_at: '2017-12-25T18:44:27.901Z', updated_at: '2017-12-25T18:44:27.901Z', position: 2, description: null, showcase: true, id: 'zvdm6f7gf76j', page_id: 'jb7j80lkgqvb', group_id: null }],
  },
};

/** github.com/zulip/zulip `zerver/webhooks/statuspage/fixtures/incident_update.json`, commit 8ab6c737: the end of the same incident. */
export const STATUSPAGE_UPDATE = {
  meta: {
    unsubscribe: 'http://mycompany24.statuspage.io/?unsubscribe=zjcdb6727vmj',
    documentation: 'http://doers.statuspage.io/customer-notifications/webhooks/',
    generated_at: '2017-12-26T07:37:21.000Z',
  },
  page: { id: 'jb7j80lkgqvb', status_indicator: 'none', status_description: 'All Systems Operational' },
  incident: {
    name: 'Database query delays',
    status: 'resolved',
    created_at: '2017-12-26T07:32:00.507Z',
    updated_at: '2017-12-26T07:37:20.837Z',
    monitoring_at: null,
    resolved_at: '2017-12-26T07:37:20.785Z',
    impact: 'none',
    shortlink: 'http://stspg.io/646947c1e',
    postmortem_ignored: false,
    postmortem_body: null,
    postmortem_body_last_updated_at: null,
    postmortem_published_at: null,
    postmortem_notified_subscribers: false,
    postmortem_notified_twitter: false,
    backfilled: false,
    scheduled_for: null,
    scheduled_until: null,
    scheduled_remind_prior: false,
    scheduled_reminded_at: null,
    impact_override: null,
    scheduled_auto_in_progress: false,
    scheduled_auto_completed: false,
    id: 'z3lct0r596n4',
    page_id: 'jb7j80lkgqvb',
    incident_updates: [{ status: 'resolved', body: 'The database issue is resolved.', created_at: '2017-12-26T07:37:20.785Z', wants_twitter_update: false, twitter_updated_at: null, updated_at: '2017-12-26T07:37:20.785Z', display_at: '2017-12-26T07:37:20.785Z', affected_components: [{ code: 'zvdm6f7gf76j', name: 'Management Portal (example)', old_status: 'operational', new_status: 'operational' }], custom_tweet: null, deliver_notifications: true, id: 'cdwfdrjlp53y', incident_id: 'z3lct0r596n4' }, { status: 'identified', body: "We just encountered that database queries are timing out resulting in inconvenience to our end users...we'll do quick fix latest by tomorrow !!!", created_at: '2017-12-26T07:32:00.548Z', wants_twitter_update: false, twitter_updated_at: null, updated_at: '2017-12-26T07:32:00.548Z', display_at: '2017-12-26T07:32:00.548Z', affected_components: [{ code: 'zvdm6f7gf76j', name: 'Management Portal (example)', old_status: 'operational', new_status: 'operational' }], custom_tweet: null, deliver_notifications: true, id: 'qm8bgczn0p2n', incident_id: 'z3lct0r596n4' }],
    components: [{ status: 'operational', name: 'Management Portal (example)', created_at: '2017-12-25T18:44:27.901Z', updated_at: '2017-12-25T18:44:27.901Z', position: 2, description: null, showcase: true, id: 'zvdm6f7gf76j', page_id: 'jb7j80lkgqvb', group_id: null }],
  },
};

/** github.com/zulip/zulip `zerver/webhooks/pagerduty/fixtures/triggered_v3.json`, commit e8b92b79. */
export const PAGERDUTY_TRIGGERED = {
  event: {
    id: '01BZYIL05THJDFF2Y08X9SVMTU',
    event_type: 'incident.triggered',
    resource_type: 'incident',
    occurred_at: '2021-06-04T13:35:29.781Z',
    agent: { html_url: 'https://pig208.pagerduty.com/users/PJ0LVEB', id: 'PJ0LVEB', self: 'https://api.pagerduty.com/users/PJ0LVEB', summary: 'PIG 208', type: 'user_reference' },
    client: null,
    data: { id: 'PFQZPSY', type: 'incident', self: 'https://api.pagerduty.com/incidents/PFQZPSY', html_url: 'https://pig208.pagerduty.com/incidents/PFQZPSY', number: 9, status: 'triggered', title: 'Test Incident 3', service: { html_url: 'https://pig208.pagerduty.com/services/PA2P440', id: 'PA2P440', self: 'https://api.pagerduty.com/services/PA2P440', summary: 'pig208', type: 'service_reference' }, assignees: [{ html_url: 'https://pig208.pagerduty.com/users/PJ0LVEB', id: 'PJ0LVEB', self: 'https://api.pagerduty.com/users/PJ0LVEB', summary: 'PIG 208', type: 'user_reference' }], escalation_policy: { html_url: 'https://pig208.pagerduty.com/escalation_policies/PY82TC6', id: 'PY82TC6', self: 'https://api.pagerduty.com/escalation_policies/PY82TC6', summary: 'Default', type: 'escalation_policy_reference' }, teams: [], priority: null, urgency: 'high', conference_bridge: null, resolve_reason: null },
  },
};

/** github.com/zulip/zulip `zerver/webhooks/pagerduty/fixtures/resolved_v3.json`, commit 71b5e33c: of another incident. */
export const PAGERDUTY_RESOLVED = {
  event: {
    id: '01BZYH1JJY09P9LEIST8HG2PMN',
    event_type: 'incident.resolved',
    resource_type: 'incident',
    occurred_at: '2021-06-04T13:16:53.816Z',
    agent: { html_url: 'https://pig208.pagerduty.com/users/PJ0LVEB', id: 'PJ0LVEB', self: 'https://api.pagerduty.com/users/PJ0LVEB', summary: 'PIG 208', type: 'user_reference' },
    client: null,
    data: { id: 'PCPZE64', type: 'incident', self: 'https://api.pagerduty.com/incidents/PCPZE64', html_url: 'https://pig208.pagerduty.com/incidents/PCPZE64', number: 6, status: 'resolved', title: 'Test Incident', service: { html_url: 'https://pig208.pagerduty.com/services/PA2P440', id: 'PA2P440', self: 'https://api.pagerduty.com/services/PA2P440', summary: 'pig208', type: 'service_reference' }, assignees: [], escalation_policy: { html_url: 'https://pig208.pagerduty.com/escalation_policies/PY82TC6', id: 'PY82TC6', self: 'https://api.pagerduty.com/escalation_policies/PY82TC6', summary: 'Default', type: 'escalation_policy_reference' }, teams: [], priority: null, urgency: 'high', conference_bridge: null, resolve_reason: null },
  },
};

/** github.com/NodeSpy/conductor, test of its uptimekuma source: captured, and shortened there. */
export const KUMA_DOWN = {
  heartbeat: { monitorID: 7, status: 0, time: '2026-09-16 12:00:00', msg: 'Timeout', important: true, duration: 60 },
  monitor: { id: 7, name: 'API', url: 'https://api.example.com/health', hostname: '', type: 'http' },
  msg: '[API] [Down] Timeout',
};

/** the same. */
export const KUMA_UP = {
  heartbeat: { monitorID: 7, status: 1, time: '2026-09-16 12:05:00', msg: '200 OK', important: true, duration: 60 },
  monitor: { id: 7, name: 'API', url: 'https://api.example.com/health', hostname: '', type: 'http' },
  msg: '[API] [Up] 200 OK',
};
