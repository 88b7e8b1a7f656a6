/** Callers: places calls to the numbers at a steady rate and notes what each of them met, as the carrier saw it. */
import type { Transcript } from '../stand-ins/twilio/transcript.ts';
import type { Twilio } from '../stand-ins/twilio/twilio.ts';
import { PRIMARY } from './cast.ts';

/**
 * - `primary`: answered by the PBX
 * - `saved`: the PBX was tried first and failed; a backup took the same call
 * - `backup`: straight to a backup
 * - `lost`: nobody took it
 */
export const FATES = ['primary', 'saved', 'backup', 'lost'] as const;
export type Fate = (typeof FATES)[number];

export interface PlacedCall {
  phase: string;
  from: string;
  to: string;
  fate: Fate;
  /** The caller left a message. */
  voicemail: boolean;
  transcript: Transcript;
}

export interface Traffic {
  /** Calls that begin from now on belong to this phase; one begins at once. */
  phase(name: string): void;
  /** No call begins until `resume`; resolves when nobody's phone rings any more. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the conversations that go on: the line is dead. */
  cutConversations(): void;
  /** Resolves with the calls of a phase when all of them are over. */
  over(phase: string): Promise<readonly PlacedCall[]>;
}

/** Numerical Recipes' generator: the same calls in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function fateOf({ outcome, steps }: Transcript): Fate {
  const toPrimary = steps.some((step) => step.what === 'dialled' && step.to.includes(`@${PRIMARY.host}`));
  if (outcome.is === 'answered' && outcome.by.includes(`@${PRIMARY.host}`)) return 'primary';
  if (outcome.is !== 'answered' && outcome.is !== 'voicemail') return 'lost';
  return toPrimary ? 'saved' : 'backup';
}

export function createTraffic({ twilio, numbers, everyMs }: { twilio: Twilio; numbers: readonly string[]; everyMs: number }): Traffic {
  const dice = createDice(2026);
  const phases = new Map<string, Promise<PlacedCall>[]>();
  const ringing = new Set<Promise<unknown>>();
  let lines = new AbortController();
  let current = '';
  let placed = 0;
  let timer: NodeJS.Timeout | undefined;

  function place(): void {
    const phase = current;
    // Ofcom keeps +44 7700 900000 to 900999 for drama; each caller calls once.
    const from = `+447700900${String(placed++ % 1000).padStart(3, '0')}`;
    const to = numbers[dice(numbers.length)] ?? '';
    let onPickedUp = (): void => {};
    const pickedUp = new Promise<void>((resolve) => { onPickedUp = resolve; });
    const over = twilio.placeCall({ from, to, onPickedUp, gone: lines.signal, message: { seconds: 8, ends: 'hangs-up' } })
      .then((transcript) => ({ phase, from, to, fate: fateOf(transcript), voicemail: transcript.outcome.is === 'voicemail', transcript }));
    const rings: Promise<unknown> = Promise.race([pickedUp, over]).finally(() => ringing.delete(rings));
    ringing.add(rings);
    phases.set(phase, [...(phases.get(phase) ?? []), over]);
  }

  const pause = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(ringing);
  };
  const resume = (): void => { timer = setInterval(place, everyMs); };
  return {
    pause,
    resume,
    phase(name) {
      current = name;
      place();
    },
    cutConversations() {
      lines.abort();
      lines = new AbortController();
    },
    over: (phase) => Promise.all(phases.get(phase) ?? []),
  };
}
