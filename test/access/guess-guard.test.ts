/** Who guesses keys is slowed down: a burst, then a wait that grows; forgiven with time, and never more memory than so much. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientOf, createGuessGuard } from '../../src/access/guess-guard.ts';

function guard(burst = 5) {
  const clock = { at: 1_000_000, now: () => clock.at };
  return { clock, guess: createGuessGuard({ clock, burst }) };
}

test('a burst is free, then each further failure waits twice as long, up to five minutes', () => {
  const { clock, guess } = guard();
  for (let at = 0; at < 5; at += 1) expect(guess.failed('192.0.2.1')).toBeUndefined();
  const waits: number[] = [];
  for (let at = 0; at < 12; at += 1) {
    const wait = guess.failed('192.0.2.1') ?? 0;
    waits.push(wait);
    // As soon as it may again; the longer waits are forgiven a little in between.
    clock.at += wait * 1000;
  }
  expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8]);
  expect(Math.max(...waits)).toBeLessThanOrEqual(300);
  expect(Math.min(...waits)).toBeGreaterThan(0);
});

test('who does not wait is told how long it is still, and makes it no longer', () => {
  const { clock, guess } = guard(1);
  for (let at = 0; at < 4; at += 1) {
    const wait = guess.failed('192.0.2.1') ?? 0;
    if (at < 3) clock.at += wait * 1000;
  }
  expect(guess.failed('192.0.2.1')).toBe(4);
  clock.at += 2500;
  for (let at = 0; at < 100; at += 1) expect(guess.failed('192.0.2.1')).toBe(2);
});

test('each failure is forgiven in time, also for who goes on now and then', () => {
  const { clock, guess } = guard();
  for (let at = 0; at < 6; at += 1) guess.failed('192.0.2.1');
  clock.at += 6 * 15_000;
  for (let at = 0; at < 5; at += 1) expect(guess.failed('192.0.2.1')).toBeUndefined();
  expect(guess.failed('192.0.2.1')).toBe(1);
  clock.at += 60_000;
  for (let at = 0; at < 50; at += 1) {
    expect(guess.failed('192.0.2.1')).toBeUndefined();
    clock.at += 15_000;
  }
});

test('one address does not answer for another, but all together have their bound, too', () => {
  const { guess } = guard(2);
  for (let at = 0; at < 3; at += 1) guess.failed('192.0.2.1');
  expect(guess.failed('192.0.2.1')).toBe(1);
  expect(guess.failed('192.0.2.2')).toBeUndefined();
  const answers = Array.from({ length: 200 }, (_, at) => guess.failed(`198.51.100.${at}`));
  expect(answers.slice(0, 80)).toEqual(Array.from({ length: 80 }, () => undefined));
  expect(answers.at(-1)).toBeGreaterThan(0);
});

test('however many addresses there are, so many are remembered', () => {
  const { guess } = guard();
  for (let at = 0; at < 30_000; at += 1) guess.failed(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  expect(guess.size).toBe(10_000);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

test('a wait is always a whole number of seconds from 1 to 300, whatever comes when from where', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 400_000 }), fc.nat({ max: 3 })), { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (failures, burst) => {
      const clock = { at: 0, now: () => clock.at };
      const guess = createGuessGuard({ clock, burst });
      for (const [pause, address] of failures) {
        clock.at += pause;
        const wait = guess.failed(`192.0.2.${address}`);
        if (wait !== undefined && !(Number.isInteger(wait) && wait >= 1 && wait <= 300)) throw new Error(`a wait of ${wait}`);
      }
    }),
  );
});
