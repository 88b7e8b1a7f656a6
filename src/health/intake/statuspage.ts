/**
 * Atlassian Statuspage (https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/): updates of components and of incidents
 * come to one address and are told apart by their keys. "Monitoring" is not recovery: providers have said so and relapsed minutes later.
 */
import { listAt, member, textAt } from '../../domain/json.ts';
import type { OpenClaim } from '../../domain/source.ts';
import { alertName, labelled, momentOf, MOST_SIGNALS, objectOf, sane, unreadable, type Post, type ReadPost, type Signal } from './signal.ts';

/** Planned work is no outage, and says nothing of whether an outage before it is over. */
const COMPONENTS: Readonly<Record<string, Signal['says']>> = { operational: 'closed', degraded_performance: 'degraded', partial_outage: 'degraded', major_outage: 'down' };

function ofComponent(status: string | undefined): Signal['says'] {
  return (status !== undefined && Object.hasOwn(COMPONENTS, status) ? COMPONENTS[status] : undefined) ?? 'unknown';
}

/** The impact is the worst that its components had, or what a person set over it. */
function ofImpact(impact: string | undefined): OpenClaim | 'none' {
  if (impact === 'none' || impact === undefined) return 'none';
  return impact === 'critical' ? 'down' : impact === 'major' || impact === 'minor' ? 'degraded' : 'unknown';
}

type State = 'open' | 'watched' | 'closed' | 'planned' | 'unknown';

const STATES: Readonly<Record<string, State>> = {
  investigating: 'open',
  identified: 'open',
  monitoring: 'watched',
  resolved: 'closed',
  postmortem: 'closed',
  scheduled: 'planned',
  in_progress: 'planned',
  verifying: 'planned',
  completed: 'planned',
};

/** What an incident says of one of its components, or of the page when it has none. */
function ofIncident(state: State, impact: OpenClaim | 'none', component: Signal['says']): Signal['says'] {
  if (state === 'closed' || state === 'unknown') return state;
  if (component === 'down') return 'down';
  // Somebody believes that it is over, and looks on.
  const left = state !== 'watched' ? impact : impact === 'none' ? 'unknown' : 'degraded';
  if (left === 'down') return 'down';
  if (left === 'degraded' || component === 'degraded') return 'degraded';
  // An open incident without impact takes back what it said before, and else says nothing.
  return left === 'unknown' || component === 'unknown' ? 'unknown' : 'closed';
}

function componentUpdate(body: Record<string, unknown>, now: number): Post {
  const id = textAt(body, 'component_update', 'component_id') ?? textAt(body, 'component', 'id');
  if (id === undefined) throw unreadable('/component_update/component_id is missing');
  const at = sane(momentOf(member(body, 'component_update', 'created_at')) ?? momentOf(member(body, 'component', 'updated_at')), now);
  const name = textAt(body, 'component', 'name');
  const says = ofComponent(textAt(body, 'component_update', 'new_status') ?? textAt(body, 'component', 'status'));
  return { signals: [{ alert: alertName(`component:${id}`), says, at, knownAt: at, labels: labelled({ page: textAt(body, 'page', 'id'), component: id, name }), title: `component ${name ?? id}` }], ignored: 0, missing: 0 };
}

function incidentUpdate(body: Record<string, unknown>, now: number): Post {
  const incident = member(body, 'incident');
  const id = textAt(incident, 'id');
  const status = textAt(incident, 'status');
  if (id === undefined || status === undefined) throw unreadable('/incident/id or /incident/status is missing');
  const state = Object.hasOwn(STATES, status) ? (STATES[status] ?? 'unknown') : 'unknown';
  // What was planned, or is written up afterwards, is news of no outage.
  if (state === 'planned' || member(incident, 'backfilled') === true || typeof member(incident, 'scheduled_for') === 'string') return { signals: [], ignored: 1, missing: 0 };
  const impact = ofImpact(textAt(incident, 'impact_override') ?? textAt(incident, 'impact'));
  // The first of the updates is the newest.
  const at = sane(momentOf(member(incident, 'updated_at')) ?? momentOf(member(listAt(incident, 'incident_updates')[0], 'created_at')), now);
  const about = { at, knownAt: at, title: `incident ${textAt(incident, 'name') ?? id}` };
  const labels = { page: textAt(body, 'page', 'id') ?? textAt(incident, 'page_id'), incident: textAt(incident, 'name'), impact: textAt(incident, 'impact') };
  const components = listAt(incident, 'components').slice(0, MOST_SIGNALS);
  if (components.length === 0) return { signals: [{ alert: alertName(`incident:${id}`), says: ofIncident(state, impact, 'closed'), ...about, labels: labelled(labels) }], ignored: 0, missing: 0 };
  const signals = components.flatMap((component): Signal[] => {
    const key = textAt(component, 'id');
    if (key === undefined) return [];
    return [{ alert: alertName(`incident:${id}:${key}`), says: ofIncident(state, impact, ofComponent(textAt(component, 'status'))), ...about, labels: labelled({ ...labels, component: key, name: textAt(component, 'name') }) }];
  });
  return { signals, ignored: 0, missing: listAt(incident, 'components').length - signals.length };
}

export const readStatuspage: ReadPost = (given, now) => {
  const body = objectOf(given, 'an update of a component or an incident');
  if (member(body, 'incident') !== undefined) return incidentUpdate(body, now);
  if (member(body, 'component_update') !== undefined || member(body, 'component') !== undefined) return componentUpdate(body, now);
  throw unreadable('Neither /incident nor /component_update is there');
};
