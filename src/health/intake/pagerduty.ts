/**
 * PagerDuty's webhooks of version 3 (https://developer.pagerduty.com/docs/webhooks-overview). Only the opening, the reopening and the end
 * of an incident say something; that somebody acknowledged it, wrote on it or changed its priority does not.
 */
import { member, textAt } from '../../domain/json.ts';
import { alertName, labelled, momentOf, objectOf, sane, unreadable, type ReadPost, type Signal } from './signal.ts';

const SAYS: Readonly<Record<string, Signal['says']>> = { 'incident.triggered': 'open', 'incident.reopened': 'open', 'incident.resolved': 'closed' };

export const readPagerduty: ReadPost = (given, now) => {
  const body = objectOf(given, 'an event');
  const event = member(body, 'event');
  const type = textAt(event, 'event_type');
  if (type === undefined) throw unreadable('/event/event_type is missing');
  const says = Object.hasOwn(SAYS, type) ? SAYS[type] : undefined;
  if (says === undefined) return { signals: [], ignored: 1, missing: 0 };
  const incident = member(event, 'data');
  const id = textAt(incident, 'id');
  if (id === undefined) throw unreadable('/event/data/id is missing');
  const at = sane(momentOf(member(event, 'occurred_at')), now);
  const labels = labelled({
    service: textAt(incident, 'service', 'id'),
    'service-name': textAt(incident, 'service', 'summary'),
    urgency: textAt(incident, 'urgency'),
    priority: textAt(incident, 'priority', 'summary'),
    title: textAt(incident, 'title'),
  });
  return { signals: [{ alert: alertName(id), says, at, knownAt: at, labels, title: `incident ${textAt(incident, 'number') ?? id}` }], ignored: 0, missing: 0 };
};
