/** Work that is begun again and again, one at a time however long each takes. */

export interface OneAtATime {
  /** Begins, unless it is under way. */
  begin(): void;
  /** What is under way, if anything is. */
  readonly underWay: Promise<void> | undefined;
}

/** `work` never rejects; `ended` is told after each, when another may begin. */
export function oneAtATime(work: () => Promise<void>, ended: () => void = () => undefined): OneAtATime {
  let underWay: Promise<void> | undefined;
  return {
    begin() {
      underWay ??= work().finally(() => {
        underWay = undefined;
        ended();
      });
    },
    get underWay() {
      return underWay;
    },
  };
}
