/** What became of notifications is written many at a time, and what comes meanwhile is written after it. */
import { expect, test } from 'vitest';
import type { Line } from '../../src/backlog/lines.ts';
import { createSettler } from '../../src/backlog/settler.ts';
import type { Attempt, Settled } from '../../src/store/backlog-store.ts';
import { realSystem } from '../../src/system/system.ts';

test('what comes back while others are being written is written next, with its try', async () => {
  const written: { keys: string[]; shown: string[] }[] = [];
  const answers: (() => void)[] = [];
  const settler = createSettler({
    write: (settled, attempts) => {
      written.push({ keys: settled.map(({ notification }) => notification.key), shown: attempts.map(({ id }) => id) });
      return new Promise((resolve) => answers.push(() => resolve(true)));
    },
    wrote: () => undefined,
    failed: () => undefined,
    timers: realSystem.timers,
  });
  const add = (id: string): void => {
    const attempt: Attempt = { id, kind: 'test.happened', key: id, at: 0, ms: 1, status: 500, said: '' };
    const settled: Settled = { place: '1-0', bytes: 1, notification: { key: id, class: 'history' }, outcome: { is: 'dead', cause: '500', tries: 1 } };
    settler.add({} as Line, settled, () => attempt);
  };
  add('first');
  const first = settler.flush();
  add('second');
  answers[0]?.();
  await first;
  const second = settler.flush();
  answers[1]?.();
  await second;
  expect(written).toEqual([{ keys: ['first'], shown: ['first'] }, { keys: ['second'], shown: ['second'] }]);
  expect(settler.unwritten).toBe(0);
});
