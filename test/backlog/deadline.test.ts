/** One timer for all that may take equally long. */
import { expect, it } from 'vitest';
import { createDeadline } from '../../src/backlog/deadline.ts';
import { virtualTime } from '../health/virtual-time.ts';

interface One {
  name: string;
  began: number;
}

function start(ms: number, after: (one: One) => void = () => undefined) {
  const time = virtualTime();
  const late: string[] = [];
  const deadline = createDeadline<One>(ms, time, (one) => {
    late.push(`${one.name} at ${time.steady()}`);
    // As who is told of it does.
    deadline.delete(one);
    after(one);
  });
  const begin = (name: string): One => {
    const one = { name, began: time.steady() };
    deadline.add(one);
    return one;
  };
  return { time, deadline, late, begin };
}

it('tells each that is late, when it is, and of none that was over in time', async () => {
  const { time, deadline, late, begin } = start(100);
  begin('a');
  await time.pass(30);
  const over = begin('b');
  begin('c');
  await time.pass(60);
  deadline.delete(over);
  begin('d');
  await time.pass(1000);
  expect(late).toEqual(['a at 100', 'c at 130', 'd at 190']);
});

it('has one timer, however many there are, and none when there are none', async () => {
  const { time, deadline, begin } = start(100);
  const all = [];
  for (let at = 0; at < 50; at += 1) {
    all.push(begin(String(at)));
    await time.pass(1);
  }
  expect(time.timersSet).toBe(1);
  for (const one of all) deadline.delete(one);
  expect(time.timersSet).toBe(0);
});

it('goes on with what is begun when something is told to be late', async () => {
  const { time, late, begin } = start(100, ({ name }) => {
    if (name.length < 3) begin(`${name}+`);
  });
  begin('a');
  await time.pass(150);
  expect(time.timersSet).toBe(1);
  await time.pass(1000);
  expect(late).toEqual(['a at 100', 'a+ at 200', 'a++ at 300']);
  expect(time.timersSet).toBe(0);
});
