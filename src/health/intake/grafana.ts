/**
 * Grafana's unified alerting (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/):
 * Alertmanager's body with `orgId` and more. An alert of NoData or Error means that Grafana cannot see, not that something is down; one that is
 * resolved for a reason (series gone, rule paused or edited) has not recovered.
 */
import { textAt } from '../../domain/json.ts';
import { plainStatus, readAlertGroup, type StatusReader } from './alert-group.ts';
import type { ReadPost } from './signal.ts';

const BLIND_ALERTS = ['DatasourceNoData', 'DatasourceError'];
const BLIND_REASONS = ['NoData', 'Error'];
/** Older versions have the state of the rule as it was before unified alerting. */
const FIRING = ['firing', 'alerting'];
const RESOLVED = ['resolved', 'ok', 'normal'];

const status: StatusReader = (said, alert) => {
  const reason = textAt(alert, 'annotations', 'grafana_state_reason') ?? '';
  const known = FIRING.includes(said) ? 'firing' : RESOLVED.includes(said) ? 'resolved' : said;
  if (known === 'resolved') return reason === '' ? 'closed' : 'unknown';
  const blind = BLIND_ALERTS.includes(textAt(alert, 'labels', 'alertname') ?? '') || BLIND_REASONS.some((one) => reason.includes(one));
  return blind ? 'unknown' : plainStatus(known, alert);
};

export const readGrafana: ReadPost = (body, now) => readAlertGroup(body, now, status);
