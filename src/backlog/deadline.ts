/** One timer for many things that may each take equally long: a timer for each costs more than what is timed. */
import type { System } from '../system/system.ts';

export interface Deadline<T> {
  add(one: T): void;
  /** It is over in time. */
  delete(one: T): void;
}

/** `late` is told of each that is not over `ms` milliseconds after it began, which is on the steady clock and no earlier than for those that were added before. */
export function createDeadline<T extends { readonly began: number }>(ms: number, { steady, timers }: Pick<System, 'steady' | 'timers'>, late: (one: T) => void): Deadline<T> {
  const running = new Set<T>();
  let cancel: (() => void) | undefined;

  function wait(): void {
    const [first] = running;
    cancel?.();
    cancel = first && timers.after(Math.max(0, Math.ceil(first.began + ms - steady())), look);
  }

  function look(): void {
    for (const one of running) {
      if (one.began + ms > steady()) break;
      running.delete(one);
      late(one);
    }
    wait();
  }

  return {
    add(one) {
      running.add(one);
      if (!cancel) wait();
    },
    delete(one) {
      running.delete(one);
      if (running.size > 0) return;
      cancel?.();
      cancel = undefined;
    },
  };
}
