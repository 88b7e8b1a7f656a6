/** What happens when, in virtual time: the earliest first, and what is due at the same moment in the order in which it was put down. */

export interface Agenda {
  readonly now: number;
  at(moment: number, task: () => void): void;
  every(ms: number, from: number, task: () => void): void;
  /** Does all that is due before `end`. */
  run(end: number): void;
}

interface Item {
  at: number;
  order: number;
  task: () => void;
}

const before = (one: Item, other: Item): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

export function createAgenda(start: number): Agenda {
  /** A binary heap. */
  const heap: Item[] = [];
  let now = start;
  let order = 0;

  function swap(one: number, other: number): void {
    [heap[one], heap[other]] = [heap[other] as Item, heap[one] as Item];
  }

  const isBefore = (one: number, other: number): boolean => before(heap[one] as Item, heap[other] as Item);

  function put(item: Item): void {
    let place = heap.push(item) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(place, above)) return;
      swap(place, above);
      place = above;
    }
  }

  function take(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const first = left + 1 < heap.length && isBefore(left + 1, left) ? left + 1 : left;
      if (first >= heap.length || !isBefore(first, place)) return;
      swap(place, first);
      place = first;
    }
  }

  function at(moment: number, task: () => void): void {
    put({ at: Math.max(moment, now), order: (order += 1), task });
  }

  function every(ms: number, from: number, task: () => void): void {
    at(from, () => {
      task();
      every(ms, from + ms, task);
    });
  }

  return {
    get now() {
      return now;
    },
    at,
    every,
    run(end) {
      for (let next = heap[0]; next && next.at < end; next = heap[0]) {
        now = next.at;
        take();
        next.task();
      }
      now = end;
    },
  };
}
