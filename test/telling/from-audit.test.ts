/** What of the audit trail people are told. */
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { SYSTEM } from '../../src/domain/key.ts';
import { announcementOf } from '../../src/telling/from-audit.ts';
import { isSilenced, isWanted } from '../../src/telling/wanted.ts';
import { announcement, AT } from './samples.ts';

const up = { is: 'up', since: 1 };
const down = { is: 'down', since: 2, diversion: 'd1' };
const recovering = { is: 'recovering', since: 3, diversion: 'd1', share: 0.05 };

function entry(action: string, before: object | null, after: object | null, grounds: object = {}, more: Partial<AuditEntry> = {}): AuditEntry {
  return { at: AT, by: SYSTEM, action: `primaries.${action}`, reason: 'Because.', changes: [{ subject: 'states/pbx', before, after }, { subject: 'health/pbx', before: null, after: grounds }], ...more };
}

test.each([
  ['a diversion begins', entry('divert', up, down, { diagnosis: 'primary-unreachable' }), 'started', 'critical'],
  ['also of a primary that nobody has spoken of before', entry('divert', null, down), 'started', 'critical'],
  ['a diversion that goes on is not told again', entry('divert', down, { ...down, override: {} }), undefined, undefined],
  ['a diversion ends', entry('restore', recovering, up), 'restored', 'info'],
  ['a restore in steps has not ended it yet', entry('restore', down, recovering), undefined, undefined],
  ['the first steps of a restore are nobody’s business', entry('begin-probation', down, recovering), undefined, undefined],
  ['it fails again', entry('fall-back', recovering, down), 'escalating', 'critical'],
  ['it lasts', entry('widen', down, down), 'escalating', 'critical'],
  ['somebody must agree to a divert', entry('held-back', up, up, { brake: 'approval' }), 'pending', 'critical'],
  ['somebody must agree to a restore', entry('held-back', down, down, { brake: 'approval' }), 'pending', 'warning'],
  ['a brake keeps calls where they are lost', entry('held-back', up, up, { brake: 'blast-radius' }), 'blocked', 'critical'],
  ['a brake keeps a restore', entry('held-back', down, down, { brake: 'quiet-period' }), 'blocked', 'warning'],
  ['an edit of a primary is no news', { ...entry('put', up, up), action: 'primaries.put' }, undefined, undefined],
  ['an order that came too late changed nothing', entry('divert', up, down, {}, { late: { writtenAt: AT, effect: 'superseded' } }), undefined, undefined],
  ['one that was in time did', entry('divert', up, down, {}, { late: { writtenAt: AT, effect: 'turned' } }), 'started', 'critical'],
])('%s', (_what, given, kind, severity) => {
  const found = announcementOf('7-0', given);
  expect([found?.kind, found?.severity]).toEqual([kind, severity]);
});

test('it says who and why, without whole telephone numbers', () => {
  const found = announcementOf('7-0', entry('divert', up, down, {}, { by: { ...SYSTEM, key: 'ops', role: 'operator' }, reason: 'Acme rang from +447400123456' }));
  expect(found).toMatchObject({ id: '7-0', subject: 'primaries/pbx', by: 'ops', diversion: 'd1', sentence: 'Acme rang from +447******456' });
});

test('a receiver gets the kinds, primaries and urgencies that it asked for, and the end of all of them', () => {
  const slack = { kind: 'slack', url: '' } as const;
  expect(isWanted(announcement('started'), { ...slack, kinds: ['restored'] })).toBe(false);
  expect(isWanted(announcement('started'), { ...slack, primaries: ['other'] })).toBe(false);
  expect(isWanted(announcement('started', { severity: 'warning' }), { ...slack, atLeast: 'critical' })).toBe(false);
  expect(isWanted(announcement('restored', { severity: 'info' }), { ...slack, atLeast: 'critical' })).toBe(true);
});

test('a silence holds for what it names, until it ends', () => {
  const until = new Date(AT + 1000).toISOString();
  const silenced = (match: object, now = AT) => isSilenced(announcement('started'), 'ops', [{ match, until, reason: 'work' }], now);
  expect([{}, { primary: 'pbx' }, { receiver: 'ops', kind: 'started' }].map((match) => silenced(match))).toEqual([true, true, true]);
  expect([{ primary: 'other' }, { source: 'am' }, { primary: 'pbx', kind: 'restored' }].map((match) => silenced(match))).toEqual([false, false, false]);
  expect(silenced({}, AT + 1000)).toBe(false);
});
