/** What of the audit trail people are told, and how urgent it is. Pure. */
import type { Announcement, AnnouncementKind, Severity } from '../domain/announcement.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { maskNumbersIn } from '../domain/phone-number.ts';
import type { PrimaryState } from '../domain/primary.ts';

type State = Partial<Pick<PrimaryState, 'is' | 'diversion'>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? maskNumbersIn(value).slice(0, 300) : undefined);
const objectOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});

/** The same brake is worse where calls are being lost. */
function ofBrake(before: State, brake: unknown): { kind: AnnouncementKind; severity: Severity } {
  const severity = before.is === 'up' || before.is === 'degraded' ? 'critical' : 'warning';
  return { kind: brake === 'approval' ? 'pending' : 'blocked', severity };
}

function turned(action: string, before: State, after: State, brake: unknown): { kind: AnnouncementKind; severity: Severity } | undefined {
  switch (action) {
    case 'primaries.divert':
      return before.diversion === undefined && after.diversion !== undefined ? { kind: 'started', severity: 'critical' } : undefined;
    case 'primaries.restore':
      return before.diversion !== undefined && after.diversion === undefined ? { kind: 'restored', severity: 'info' } : undefined;
    case 'primaries.fall-back':
    case 'primaries.widen':
      return { kind: 'escalating', severity: 'critical' };
    case 'primaries.held-back':
      return ofBrake(before, brake);
    default:
      return undefined;
  }
}

/** Undefined for what nobody need be told. `id` is the entry's own. */
export function announcementOf(id: string, entry: AuditEntry): Announcement | undefined {
  if (entry.late !== undefined && entry.late.effect !== 'turned') return undefined;
  const state = entry.changes.find(({ subject }) => subject.startsWith('states/'));
  if (!state || !entry.action.startsWith('primaries.')) return undefined;
  const primary = state.subject.slice('states/'.length);
  const [before, after] = [objectOf(state.before) as State, objectOf(state.after) as State];
  const grounds = objectOf(entry.changes.find(({ subject }) => subject.startsWith('health/'))?.after);
  const is = turned(entry.action, before, after, grounds['brake']);
  if (!is) return undefined;
  const diversion = after.diversion ?? before.diversion;
  const byOperator = entry.by.role !== 'system';
  const facts = { action: text(grounds['action']), diagnosis: text(grounds['diagnosis']), brake: text(grounds['brake']), from: text(before.is) ?? 'up', to: text(after.is) ?? 'up' };
  return {
    id,
    ...is,
    subject: `primaries/${primary}`,
    primaries: [primary],
    at: entry.at,
    sentence: maskNumbersIn(entry.reason?.trim() || 'No reason was given.').slice(0, 1000),
    ...(diversion === undefined ? {} : { diversion }),
    ...(byOperator ? { by: entry.by.key } : {}),
    facts: Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined)),
  };
}
