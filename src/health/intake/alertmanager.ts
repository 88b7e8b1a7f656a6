/** Prometheus Alertmanager's webhook, version 4. A body with `orgId` is Grafana's, which is read as such wherever it is posted. */
import { member } from '../../domain/json.ts';
import { plainStatus, readAlertGroup } from './alert-group.ts';
import { readGrafana } from './grafana.ts';
import type { ReadPost } from './signal.ts';

export const readAlertmanager: ReadPost = (body, now) => (member(body, 'orgId') === undefined ? readAlertGroup(body, now, plainStatus) : readGrafana(body, now));
