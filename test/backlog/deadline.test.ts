/** One timer for all that may take equally long. */
import { beforeEach, expect, it } from 'vitest';
import { createDeadline } from '../../src/backlog/deadline.ts';

let now = 0;
/** The timers that are set: when each is due, and what it does then. */
let timers = new Map<number, { at: number; task: () => void }>();
let made = 0;
beforeEach(() => {
  [now, timers, made] = [0, new Map(), 0];
});

const system = {
  steady: () => now,
  timers: {
    after(ms: number, task: () => void) {
      const id = (made += 1);
      timers.set(id, { at: now + ms, task });
      return () => void timers.delete(id);
    },
    every: () => () => undefined,
  },
};

/** Lets time pass to `until`. */
function pass(until: number): void {
  for (;;) {
    const [id, timer] = [...timers].toSorted(([, one], [, other]) => one.at - other.at)[0] ?? [];
    if (id === undefined || !timer || timer.at > until) break;
    timers.delete(id);
    now = timer.at;
    timer.task();
  }
  now = until;
}

interface One {
  name: string;
  began: number;
}

function start(ms: number, after: (one: One) => void = () => undefined) {
  const late: string[] = [];
  const deadline = createDeadline<One>(ms, system, (one) => {
    late.push(`${one.name} at ${now}`);
    // As who is told of it does.
    deadline.delete(one);
    after(one);
  });
  const begin = (name: string): One => {
    const one = { name, began: now };
    deadline.add(one);
    return one;
  };
  return { deadline, late, begin };
}

it('tells each that is late, when it is, and of none that was over in time', () => {
  const { deadline, late, begin } = start(100);
  begin('a');
  pass(30);
  const over = begin('b');
  begin('c');
  pass(90);
  deadline.delete(over);
  begin('d');
  pass(1000);
  expect(late).toEqual(['a at 100', 'c at 130', 'd at 190']);
});

it('has one timer, however many there are, and none when there are none', () => {
  const { deadline, begin } = start(100);
  const all = [];
  for (let at = 0; at < 50; at += 1) {
    pass(at);
    all.push(begin(String(at)));
  }
  expect(timers.size).toBe(1);
  for (const one of all) deadline.delete(one);
  expect(timers.size).toBe(0);
});

it('goes on with what is begun when something is told to be late', () => {
  const { late, begin } = start(100, ({ name }) => {
    if (name.length < 3) begin(`${name}+`);
  });
  begin('a');
  pass(150);
  expect(timers.size).toBe(1);
  pass(1000);
  expect(late).toEqual(['a at 100', 'a+ at 200', 'a++ at 300']);
  expect(timers.size).toBe(0);
});
