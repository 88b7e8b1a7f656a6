/**
 * A hash from E.164 numbers to small integers in two typed arrays: 17 to 34 bytes a number, 25 at a million, and nothing for
 * the garbage collector to walk, where a Map takes 45 and a Map of objects 149 (docs/benchmarks.md). Open addressing with
 * linear probing; a number has at most 15 digits and is exact as a double.
 */
export interface NumberIndex {
  readonly size: number;
  /** The value of a number, undefined when it is not there. */
  get(number: string): number | undefined;
  /** Sets and returns the value that was there before. Values are 0 to 2^32 - 2. */
  set(number: string, value: number): number | undefined;
  /** The same by the number's digits. */
  setDigits(digits: number, value: number): number | undefined;
  delete(number: string): number | undefined;
  /** The numbers whose values are wanted, in no order, until `visit` returns false. */
  each(wanted: (value: number) => boolean, visit: (number: string) => boolean): void;
  /** As it is now: numbers without their `+`, and their values; slots of zero or less hold none. */
  image(): { slots: Float64Array; values: Uint32Array };
}

const EMPTY = 0;
/** A slot whose number was deleted; probing goes on past it. */
const GONE = -1;
const MAX_LOAD = 0.7;
/** After growing: half full at most, so that the arrays double and never quadruple. */
const LOAD_WHEN_GROWN = 0.5;

export function createNumberIndex(expected = 0): NumberIndex {
  let capacity = capacityFor(expected);
  let slots = new Float64Array(capacity);
  let values = new Uint32Array(capacity);
  let size = 0;
  /** Slots that are not EMPTY, the deleted ones included. */
  let used = 0;

  function home(key: number): number {
    // Neighbouring numbers differ in their last digits only: multiply and fold, so that they do not cluster.
    const low = Math.imul(key % 4294967296 | 0, 0x9e3779b1);
    const high = Math.imul((key / 4294967296) | 0, 0x85ebca6b);
    const mixed = low ^ high;
    return ((mixed ^ (mixed >>> 15)) >>> 0) & (capacity - 1);
  }

  function find(key: number): number {
    let at = home(key);
    for (;;) {
      const found = slots[at];
      if (found === key) return at;
      if (found === EMPTY) return -1;
      at = (at + 1) & (capacity - 1);
    }
  }

  function insert(key: number, value: number): void {
    let at = home(key);
    while (slots[at] !== EMPTY) at = (at + 1) & (capacity - 1);
    slots[at] = key;
    values[at] = value;
    used += 1;
  }

  function grow(): void {
    const before = { slots, values };
    capacity = capacityFor(size + 1);
    slots = new Float64Array(capacity);
    values = new Uint32Array(capacity);
    used = 0;
    for (let at = 0; at < before.slots.length; at += 1) {
      const key = before.slots[at] ?? EMPTY;
      if (key > 0) insert(key, before.values[at] ?? 0);
    }
  }

  function set(key: number, value: number): number | undefined {
    const at = find(key);
    if (at >= 0) {
      const before = values[at];
      values[at] = value;
      return before;
    }
    if (used + 1 > capacity * MAX_LOAD) grow();
    insert(key, value);
    size += 1;
    return undefined;
  }

  return {
    get size() {
      return size;
    },
    get(number) {
      const at = find(keyOf(number));
      return at < 0 ? undefined : values[at];
    },
    set: (number, value) => set(keyOf(number), value),
    setDigits: set,
    delete(number) {
      const at = find(keyOf(number));
      if (at < 0) return undefined;
      slots[at] = GONE;
      size -= 1;
      return values[at];
    },
    image: () => ({ slots: slots.slice(), values: values.slice() }),
    each(wanted, visit) {
      for (let at = 0; at < capacity; at += 1) {
        const key = slots[at] ?? EMPTY;
        if (key > 0 && wanted(values[at] ?? 0) && !visit(`+${key}`)) return;
      }
    },
  };
}

function keyOf(number: string): number {
  return Number(number.slice(1));
}

function capacityFor(count: number): number {
  let capacity = 1024;
  while (count > capacity * LOAD_WHEN_GROWN) capacity *= 2;
  return capacity;
}
