/** Calls that the project places over a carrier's API, in no carrier's words: they are begun, ring, are answered or not, and end. */

/** Whoever is called: presses a key when asked, or does nothing of that; `rings` goes on until somebody ends it. */
export type Called = { does: 'presses'; key: string } | { does: 'listens' | 'rings' | 'busy' | 'no-answer' | 'fails' };

export type Ending = 'completed' | 'busy' | 'no-answer' | 'canceled' | 'failed';

export interface Placed {
  id: string;
  to: string;
  from: string;
}

export interface PlacedCall extends Placed {
  is: 'queued' | 'ringing' | 'answered' | Ending;
  /** What who picked up was told. */
  heard: readonly string[];
  /** What the carrier would not take. */
  faults: readonly string[];
  /** Resolves when its end has been told. */
  over: Promise<void>;
}

/** What a carrier tells of a call, and plays to who picks up. */
export interface Line extends Pick<PlacedCall, 'heard' | 'faults'> {
  begun?(): Promise<unknown>;
  rings?(): Promise<unknown>;
  /** `key`: what is pressed when asked. */
  answered(key: string | undefined): Promise<unknown>;
  ended(how: Ending): Promise<unknown>;
}

export interface PlacedCalls {
  /** In order. */
  placed: readonly PlacedCall[];
  find(id: string): PlacedCall | undefined;
  place(call: Placed, line: Line): PlacedCall;
  /** False for one that is over. */
  end(id: string): boolean;
}

const ENDINGS: readonly string[] = ['completed', 'busy', 'no-answer', 'canceled', 'failed'] satisfies Ending[];

export const isOver = ({ is }: PlacedCall): boolean => ENDINGS.includes(is);

export function createPlacedCalls(called: (to: string) => Called | undefined): PlacedCalls {
  const placed: PlacedCall[] = [];
  const endings = new Map<string, () => void>();

  async function carry(call: PlacedCall, line: Line, ending: Promise<void>): Promise<void> {
    const who = called(call.to) ?? { does: 'fails' };
    const over = async (how: Ending): Promise<void> => {
      call.is = how;
      await line.ended(how);
    };
    await line.begun?.();
    if (who.does === 'busy') return over('busy');
    if (who.does === 'fails') return over('failed');
    call.is = 'ringing';
    await line.rings?.();
    if (who.does === 'rings') {
      await ending;
      return over('canceled');
    }
    if (who.does === 'no-answer') return over('no-answer');
    call.is = 'answered';
    await line.answered(who.does === 'presses' ? who.key : undefined);
    return over('completed');
  }

  const find = (id: string): PlacedCall | undefined => placed.find((call) => call.id === id);

  return {
    placed,
    find,
    place({ id, to, from }, line) {
      const ending = new Promise<void>((resolve) => { endings.set(id, resolve); });
      const call: PlacedCall = { id, to, from, is: 'queued', heard: line.heard, faults: line.faults, over: Promise.resolve() };
      placed.push(call);
      call.over = carry(call, line, ending);
      return call;
    },
    end(id) {
      const call = find(id);
      if (!call || isOver(call)) return false;
      endings.get(id)?.();
      return true;
    },
  };
}
