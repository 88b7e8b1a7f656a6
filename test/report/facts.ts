/** What was gathered of one diversion: an outage of ten minutes, decided by automation, with calls before and within it. */
import type { AuditEntry } from '../../src/domain/audit.ts';
import type { Call } from '../../src/domain/call.ts';
import type { SaidThen } from '../../src/store/evidence-journal.ts';
import type { ReportFacts } from '../../src/report/facts.ts';

/** 2026-11-22 14:00:00 UTC, when it was diverted. */
export const DIVERTED = Date.UTC(2026, 10, 22, 14);
export const at = (seconds: number): number => DIVERTED + seconds * 1000;
export const ID = 'd-1';

export function said(seconds: number, claim: SaidThen['claim'], more: Partial<SaidThen> = {}): SaidThen {
  return { source: 'probe/a/sip', group: 'probes', claim, at: at(seconds), expiresAt: at(seconds + 6), because: claim === 'down' ? 'no answer to 2 OPTIONS in 2 s' : 'answered', ...more };
}

let made = 0;
export function call(seconds: number, more: Partial<Call> = {}): Call {
  made += 1;
  return { id: `main:${made}`, carrier: 'main', ref: String(made), number: '+442079460123', from: '+447700900123', customer: 'acme', primary: 'pbx', route: 'primary-first', startedAt: at(seconds), outcome: 'answered', by: 'primary', legs: [], ...more };
}

const leg = (end: 'answered' | 'failed', cause: 'down' | 'overloaded' | 'user' = 'user'): Call['legs'] => [{ position: 0, step: 'primary', to: 'sip:x', result: { end, cause } }];
export const taken = (seconds: number): Call => call(seconds, { legs: leg('answered') });
export const saved = (seconds: number): Call => call(seconds, { legs: leg('failed', 'down'), by: 'd1' });
export const diverted = (seconds: number, more: Partial<Call> = {}): Call => call(seconds, { route: 'plan', diversion: ID, by: 'd1', ...more });

export function entry(seconds: number, action: string, state: { before?: object; after?: object } = {}, more: Partial<AuditEntry> & { grounds?: object } = {}): AuditEntry {
  const { grounds, ...rest } = more;
  return {
    at: at(seconds), by: { key: 'system', role: 'system' }, action, reason: `${action} for a reason`, ...rest,
    changes: [{ subject: 'states/pbx', before: state.before ?? {}, after: state.after ?? {} }, ...(grounds ? [{ subject: 'health/pbx', before: null, after: grounds }] : [])],
  };
}

export function facts(more: Partial<ReportFacts> = {}): ReportFacts {
  const by = { key: 'system', role: 'system' };
  const calls = [taken(-60), saved(-8), saved(-3), diverted(4), diverted(30, { outcome: 'missed' }), diverted(60, { outcome: 'lost', from: '+447700900999' }), diverted(400, { outcome: 'voicemail' }), taken(550), call(590, { primary: 'other' })];
  return {
    id: ID,
    diversion: { primary: 'pbx', started: { at: DIVERTED, by, reason: 'Down by probes for 5 s.' }, ended: { at: at(600), by, reason: 'It has stood the probation.' } },
    name: 'Main PBX',
    now: at(900), from: at(-900), to: at(900),
    trail: {
      complete: true,
      entries: [
        entry(-4, 'primaries.held-back', { before: { is: 'up' }, after: { is: 'up' } }, { grounds: { diagnosis: 'primary-unreachable', action: 'divert', brake: 'hold' }, reason: 'Held.' }),
        entry(-2, 'primaries.release', {}, { by: { key: 'anna', role: 'operator' }, reason: 'call me at +447700900555' }),
        entry(0, 'primaries.divert', { before: { is: 'up' }, after: { is: 'down', diversion: ID } }, { grounds: { diagnosis: 'primary-unreachable', groups: [{ group: 'probes', claim: 'down', since: at(-9), because: 'no answer' }] } }),
        entry(500, 'primaries.begin-probation', { before: { is: 'down', diversion: ID }, after: { is: 'recovering', diversion: ID } }),
        entry(600, 'primaries.restore', { before: { is: 'recovering', diversion: ID }, after: { is: 'up' } }),
      ],
    },
    said: [said(-1200, 'up'), said(-10, 'down'), said(-9, 'down', { source: 'probe/b/sip' }), said(300, 'up'), said(302, 'up', { source: 'probe/b/sip' })],
    calls: { total: calls.length, calls },
    lost: [{ from: '+447700900999', calls: 1, lastAt: at(60), numbers: ['+442079460123'], customer: 'acme' }],
    moved: [
      { number: '+442079460201', carrier: 'main', customer: 'acme', is: 'in step', why: undefined, at: at(121), back: at(606) },
      { number: '+442079460202', carrier: 'main', customer: 'globex', is: 'conflict', why: 'Somebody else has changed what we set', at: at(125), back: undefined },
    ],
    movedInAll: 2,
    states: { 'in step': 1, conflict: 1 },
    told: [{ at: at(2), receiver: 'ops', kinds: ['started'], isRepeat: false }, { at: at(3), receiver: 'boss', kinds: ['started'], isRepeat: false, failure: 'It answered 500' }],
    backlogs: [{ subscriber: 'acme-crm', customer: 'acme', waiting: 12, dead: 1, oldestAt: at(5) }, { subscriber: 'idle', customer: undefined, waiting: 0, dead: 0, oldestAt: undefined }],
    setUp: { dependsOn: ['dc1'], probes: [{ kind: 'sip-options', everySeconds: 2 }], numbers: [{ count: 20, divertBy: 'call', withPlan: 1, carrier: 'main', class: 'standard' }], carriers: [{ id: 'main', writesPerSecond: 5 }] },
    ...more,
  };
}
