/** What a process's own calls say of a primary, told to the board and taken back; and how calls on probation fare. */
import { beforeEach, expect, test } from 'vitest';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { thresholdsOf } from '../../src/domain/health-policy.ts';
import type { LegResult } from '../../src/domain/leg.ts';
import { createCallEvidence, type CallEvidence } from '../../src/health/call-evidence.ts';

let now: number;
let tell: () => void;
let board: Map<string, Evidence>;
let calls: CallEvidence;
beforeEach(() => {
  now = 1_700_000_000_000;
  board = new Map();
  calls = createCallEvidence({
    self: 'one',
    board: { tell: (evidence) => void board.set(evidence.source, evidence), withdraw: (_primary, source) => void board.delete(source) },
    thresholds: (primary) => thresholdsOf(shippedPolicy().health, primary),
    system: { clock: { now: () => now }, timers: { after: () => () => undefined, every: (_ms, task) => ((tell = task), () => undefined) } },
  });
  calls.start();
});

const DOWN: LegResult = { end: 'failed', cause: 'down' };
const TAKEN: LegResult = { end: 'answered', cause: 'user' };

function ring(count: number, result: LegResult): void {
  for (let at = 0; at < count; at += 1) {
    const call = `main:CA${now}-${at}`;
    calls.came('pbx');
    calls.offered('pbx', call);
    now += 200;
    calls.ended('pbx', call, `+4420794601${10 + (at % 20)}`, result);
  }
  tell();
}

test('failing calls say down, calls that get through say up, and nothing is said of none', () => {
  tell();
  expect([...board.keys()]).toEqual([]);
  ring(20, DOWN);
  expect(board.get('calls/one')).toMatchObject({ primary: 'pbx', group: 'calls', claim: 'down' });
  now += 300_000;
  tell();
  expect([...board.keys()]).toEqual([]);
  ring(20, TAKEN);
  expect(board.get('calls/one')).toMatchObject({ claim: 'up' });
});

test('what people do is no failure', () => {
  ring(20, { end: 'busy', cause: 'user' });
  expect(board.get('calls/one')?.claim).toBe('up');
});

test('a call that another process offered counts where its end is told', () => {
  for (let at = 0; at < 20; at += 1) calls.ended('pbx', `main:other-${at}`, `+4420794601${10 + at}`, DOWN);
  tell();
  expect(board.get('calls/one')?.claim).toBe('down');
});

test('each step of a probation is counted by itself', () => {
  expect(calls.tried('pbx', 1)).toMatchObject({ since: 1, through: 0 });
  ring(3, TAKEN);
  ring(1, DOWN);
  expect(calls.tried('pbx', 1)).toEqual({ since: 1, through: 3, last: 4, failed: 1 });
  expect(calls.tried('pbx', 2)).toEqual({ since: 2, through: 0, last: 0, failed: 0 });
});
