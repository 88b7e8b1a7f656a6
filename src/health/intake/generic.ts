/** Our own form, for scripts and for whatever has no kind of its own; docs/sources.md has it. One alert, or a list of them. */
import { listAt, member, textAt } from '../../domain/json.ts';
import { OPEN_CLAIMS } from '../../domain/source.ts';
import { alertName, labelsAt, momentOf, MOST_SIGNALS, objectOf, sane, unreadable, type ReadPost, type Signal } from './signal.ts';

function saidBy(state: string): Signal['says'] {
  if (state === 'open' || state === 'closed') return state;
  return OPEN_CLAIMS.find((claim) => claim === state) ?? 'unknown';
}

function readOne(alert: unknown, now: number): Signal | undefined {
  const id = textAt(alert, 'alert');
  const state = textAt(alert, 'state');
  if (id === undefined || id === '' || state === undefined) return undefined;
  const at = sane(momentOf(member(alert, 'at')), now);
  return { alert: alertName(id), says: saidBy(state), at, knownAt: at, labels: { alert: id.slice(0, 300), ...labelsAt(alert, 'labels') }, title: textAt(alert, 'title') ?? id };
}

export const readGeneric: ReadPost = (given, now) => {
  const body = objectOf(given, 'an alert, or {"alerts":[…]}');
  if (member(body, 'alerts') === undefined) {
    const signal = readOne(body, now);
    if (!signal) throw unreadable('/alert and /state must be texts');
    return { signals: [signal], ignored: 0, missing: 0 };
  }
  if (!Array.isArray(body['alerts'])) throw unreadable('/alerts must be a list');
  const all = listAt(body, 'alerts');
  const signals = all.slice(0, MOST_SIGNALS).flatMap((alert) => readOne(alert, now) ?? []);
  return { signals, ignored: 0, missing: all.length - signals.length };
};
