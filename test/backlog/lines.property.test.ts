/** Whatever comes, is read, sent, refused and written in whichever order: of each line goes what is the oldest that waits, and in the end all has gone. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLines, type Line, type Range } from '../../src/backlog/lines.ts';
import { isAfter } from '../../src/backlog/place.ts';
import type { NotificationClass } from '../../src/domain/notification.ts';
import type { Held } from '../../src/store/backlog-store.ts';

const LIVE_FROM = 1000;

type Step =
  | { do: 'come'; class: NotificationClass; key: number; kind: number; count: number }
  | { do: 'read'; by: 'scan' | 'newest'; class: NotificationClass; limit: number }
  | { do: 'got' }
  | { do: 'send'; live: boolean }
  | { do: 'back'; nth: number; how: 'over' | 'retry' | 'again' }
  | { do: 'write' }
  | { do: 'wake' };

const classes = fc.constantFrom<NotificationClass>('history', 'state');
type Come = Extract<Step, { do: 'come' }>;
/** Of what has been waiting and of what comes later some keys are the same, and some are not. */
const comes = (keys: number): fc.Arbitrary<Come> => fc.record({ do: fc.constant('come' as const), class: classes, key: fc.nat(keys), kind: fc.nat(1), count: fc.integer({ min: 1, max: 6 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: comes(7) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), by: fc.constantFrom('scan' as const, 'newest' as const, 'newest' as const), class: classes, limit: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'got' as const }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), live: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('back' as const), nth: fc.nat(5), how: fc.constantFrom('over' as const, 'over' as const, 'retry' as const, 'again' as const) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'write' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'wake' as const }) },
);

/** What a store does, and who uses the lines as a drain does. */
function play(before: readonly Come[], { bytes, ...most }: { line: number; all: number; bytes: number }) {
  const streams: Record<NotificationClass, Held[]> = { history: [], state: [] };
  const over = new Set<Held>();
  let moment = 1;
  let clock = 0;
  let made = 0;
  const lines = createLines([], LIVE_FROM, { ...most, bytes: () => bytes }, 1);
  const away: { line: Line; held: Held }[] = [];
  const pages: { range: Range; limit: number; held: Held[]; last: string | undefined }[] = [];
  let unwritten: { line: Line; held: Held }[] = [];
  let written: Line[] = [];
  const sent = new Set<string>();

  const waiting = (): Held[] => [...streams.history, ...streams.state].filter((held) => !over.has(held));
  const sameLine = (one: Held, other: Held): boolean => one.notification.class === other.notification.class && one.notification.key === other.notification.key;

  function come({ class: of, key, kind, count }: Come): void {
    for (let at = 0; at < count; at += 1) {
      made += 1;
      moment += made % 3;
      const held: Held = { place: `${moment}-${made % 3 === 0 ? made : 0}`, bytes: 1 + (made % 7), ofKey: 0, notification: { id: String(made), kind: `kind.${kind}`, key: `key-${key}`, class: of, at: moment, data: '' } };
      if (of === 'state') streams.state = streams.state.filter((other) => !(sameLine(held, other) && other.notification.kind === held.notification.kind));
      streams[of].push(held);
    }
  }

  function ask(range: Range | undefined, limit: number): void {
    if (!range) return;
    const found = streams[range.class].filter(({ place }) => isAfter(place, range.after)).slice(0, limit);
    const held = found.map((one) => ({ ...one, ofKey: streams[range.class].filter((other) => sameLine(one, other)).length }));
    pages.push({ range, limit, held, last: held.at(-1)?.place });
  }

  function got(): void {
    const page = pages.shift();
    if (page) lines.read(page.range, { held: page.held, last: page.last });
    if (pages.length > 0) return;
    for (const line of written) lines.written(line);
    written = [];
  }

  function send(live: boolean): boolean {
    const line = lines.next(live);
    if (!line) return false;
    const held = line.first!;
    const real = waiting().find(({ notification: { id } }) => id === held.notification.id) ?? held;
    expect(waiting().filter((other) => sameLine(held, other) && isAfter(held.place, other.place)).map(({ place }) => place), `${held.place} of ${held.notification.key} went before`).toEqual([]);
    expect(away.filter((other) => sameLine(held, other.held))).toEqual([]);
    sent.add(held.notification.id);
    away.push({ line, held: real });
    return true;
  }

  function back(nth: number, how: 'over' | 'retry' | 'again'): void {
    const [one] = away.splice(nth % Math.max(1, away.length), 1);
    if (!one) return;
    if (how === 'over') {
      over.add(one.held);
      unwritten.push(one);
      return lines.over(one.line);
    }
    clock += 1;
    lines.again(one.line, how === 'retry' ? { tries: 1, since: 0, at: clock + 3 } : undefined);
  }

  function write(): void {
    for (const { line, held } of unwritten) {
      streams[held.notification.class] = streams[held.notification.class].filter((other) => other.notification.id !== held.notification.id);
      written.push(line);
    }
    unwritten = [];
    if (pages.length === 0) {
      for (const line of written) lines.written(line);
      written = [];
    }
  }

  function take(one: Step): void {
    if (one.do === 'come') return come(one);
    if (one.do === 'read') return ask(one.by === 'scan' ? lines.toRead(3) : lines.newest(one.class), lines.fit(one.limit));
    if (one.do === 'got') return got();
    if (one.do === 'send') return void send(one.live);
    if (one.do === 'back') return back(one.nth, one.how);
    if (one.do === 'write') return write();
    clock += 2;
    lines.wake(clock);
  }

  for (const one of before) come(one);
  moment = Math.max(moment, LIVE_FROM - 1);

  return {
    take,
    /** Everything is let go; how many rounds that took. */
    finish(): number {
      for (let round = 1; round < 1000; round += 1) {
        clock += 10;
        lines.wake(clock);
        ask(lines.toRead(3), 4);
        for (const of of ['history', 'state'] as const) ask(lines.newest(of), 4);
        while (pages.length > 0) got();
        while (send(true) || send(false));
        while (away.length > 0) back(0, 'over');
        write();
        if (waiting().length === 0) return round;
      }
      return Number.POSITIVE_INFINITY;
    },
    waiting,
    lines,
  };
}

test('of each line the oldest that waits goes, one at a time, and in the end all has gone', () => {
  const most = fc.record({ line: fc.integer({ min: 0, max: 4 }), all: fc.integer({ min: 1, max: 12 }), bytes: fc.integer({ min: 1, max: 60 }) });
  fc.assert(fc.property(fc.array(comes(3), { maxLength: 30 }), fc.array(step, { maxLength: 150 }), most, (before, steps, bounds) => {
    const game = play(before, bounds);
    for (const one of steps) game.take(one);
    expect(game.finish()).toBeLessThan(1000);
    expect([game.lines.size, game.lines.bytes]).toEqual([0, 0]);
  }), { numRuns: 300 });
});
