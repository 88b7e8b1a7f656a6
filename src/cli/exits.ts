/** How a command ends: its exit codes, and the faults that lead to them. */

export const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 3, partly: 4, held: 5 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** As --help and docs/cli.md say it. */
export const EXIT_MEANINGS: Readonly<Record<Exit, string>> = {
  0: 'done',
  1: 'refused by the service, or checked and found wrong',
  2: 'wrong usage',
  3: 'the service cannot be reached',
  4: 'done in part: some rows rejected, some numbers not wired, some carriers not checked, some numbers at risk, some destinations not called, or something that waits on',
  5: 'not done: it waits until a second admin has approved it',
};

export interface FaultMore {
  hints?: readonly string[];
  issues?: readonly { at: string; detail: string }[];
  retryAfterSeconds?: number | undefined;
}

/** What ends a command before its end. Shown as `error (code): message` and the hints. */
export class CliFault extends Error {
  readonly exit: Exit;
  /** Of the service's catalogue when the service refused; else one of `usage`, `no-key`, `unreachable`, `not-ringthrough`. */
  readonly code: string;
  readonly more: FaultMore;

  constructor(exit: Exit, code: string, message: string, more: FaultMore = {}) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.more = more;
  }
}

export function usageFault(message: string, ...hints: string[]): CliFault {
  return new CliFault(EXIT.usage, 'usage', message, { hints });
}
