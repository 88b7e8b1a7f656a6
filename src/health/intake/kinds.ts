/** Every kind of source: how its posts prove themselves and how they are read. */
import type { SourceKind } from '../../domain/source.ts';
import { readAlertmanager } from './alertmanager.ts';
import { readGeneric } from './generic.ts';
import { readGrafana } from './grafana.ts';
import { readHeartbeat } from './heartbeat.ts';
import { readPagerduty } from './pagerduty.ts';
import { anyOf, byAddress, byAuthorization, byGrafana, byPagerduty, byStandardWebhook, type Presented, type Proof } from './proof.ts';
import type { ReadPost } from './signal.ts';
import { readStatuspage } from './statuspage.ts';
import { readUptimeKuma } from './uptime-kuma.ts';

export interface IntakeKind {
  proof: Proof;
  read: ReadPost;
  /** When it was sent, by what was signed, milliseconds since 1970. */
  sentAt?(presented: Presented): number;
  /** Its secret stands in an address, and must be fit to. */
  inAddress?: true;
  /** What it sends need not be JSON. */
  anyBody?: true;
}

export const INTAKE_KINDS: Readonly<Record<SourceKind, IntakeKind>> = {
  alertmanager: { proof: byAuthorization, read: readAlertmanager },
  generic: { proof: byStandardWebhook, read: readGeneric, sentAt: ({ headers }) => Number(headers['webhook-timestamp']) * 1000 },
  grafana: { proof: anyOf(byGrafana, byAuthorization), read: readGrafana },
  heartbeat: { proof: anyOf(byAuthorization, byAddress), read: readHeartbeat, inAddress: true, anyBody: true },
  pagerduty: { proof: byPagerduty, read: readPagerduty },
  statuspage: { proof: byAddress, read: readStatuspage, inAddress: true },
  'uptime-kuma': { proof: byAuthorization, read: readUptimeKuma },
};
