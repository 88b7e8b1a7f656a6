/**
 * When something was first seen, by a number of at most 53 bits that stands for it: at least `kept` of the newest, at most
 * twice as many, in 16 bytes a place. Two generations of which the older is emptied as a whole, in typed arrays: a Map of so
 * many would cost five times the memory, and the garbage collector a walk through it.
 */
export interface SeenTable {
  /** Milliseconds since 1970, undefined when it is not known. */
  get(mark: number): number | undefined;
  /** Of two moments the earlier holds. */
  set(mark: number, at: number): void;
  readonly size: number;
}

interface Generation {
  marks: Float64Array;
  moments: Float64Array;
  size: number;
}

/** `kept`: at least 1. */
export function createSeenTable(kept: number): SeenTable {
  // At most half full, so that a search takes two looks.
  const places = 2 ** Math.ceil(Math.log2(kept * 2));
  const create = (): Generation => ({ marks: new Float64Array(places), moments: new Float64Array(places), size: 0 });
  let newer = create();
  let older: Generation | undefined;

  /** Where it is, or where it would be. */
  function placeOf({ marks }: Generation, mark: number): number {
    let place = mark % places;
    while (marks[place] !== mark && marks[place] !== 0) place = place === places - 1 ? 0 : place + 1;
    return place;
  }

  function within(generation: Generation, mark: number): number | undefined {
    const place = placeOf(generation, mark);
    return generation.marks[place] === mark ? generation.moments[place] : undefined;
  }

  function turn(): void {
    const emptied = older ?? create();
    older = newer;
    newer = emptied;
    newer.marks.fill(0);
    newer.size = 0;
  }

  return {
    get: (mark) => within(newer, mark) ?? (older && within(older, mark)),
    set(mark, at) {
      const before = within(newer, mark) ?? (older && within(older, mark));
      const moment = before === undefined || at < before ? at : before;
      const place = placeOf(newer, mark);
      if (newer.marks[place] !== mark) {
        newer.marks[place] = mark;
        newer.size += 1;
      }
      newer.moments[place] = moment;
      if (newer.size >= kept) turn();
    },
    get size() {
      return newer.size + (older?.size ?? 0);
    },
  };
}
