/** The telephones of the simulated world: how each behaves when it rings, and what calls it got. */

/** Times are seconds of simulated time. */
export type PhoneBehaviour =
  /** A person; `talkSeconds` after being connected they hang up. */
  | { does: 'answers'; afterSeconds?: number; talkSeconds?: number }
  /** A person who presses `key` when asked. */
  | { does: 'presses'; key: string; afterSeconds?: number; talkSeconds?: number }
  /** The callee's own voicemail: answers at once, never presses a key. */
  | { does: 'private-voicemail'; afterSeconds?: number; talkSeconds?: number }
  | { does: 'busy' }
  | { does: 'no-answer' }
  | { does: 'unreachable' }
  /** Forwards every call to a number: one that this Twilio holds, or another phone. `silently`: the network does not say who forwarded it. */
  | { does: 'forwards-to'; number: string; silently?: boolean };

export interface PhoneCall {
  to: string;
  /** The caller ID it saw. */
  callerId: string;
  callSid: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Phones {
  /** By E.164; may be changed at any time. */
  behaviours: Map<string, PhoneBehaviour>;
  /** Every call that rang a phone, in order. */
  calls: readonly PhoneCall[];
  callsTo(number: string): readonly PhoneCall[];
  /** Undefined: there is no such phone. */
  ring(call: PhoneCall): PhoneBehaviour | undefined;
}

export function createPhones(initial: Readonly<Record<string, PhoneBehaviour>> | ReadonlyMap<string, PhoneBehaviour> = {}): Phones {
  const behaviours = new Map(initial instanceof Map ? initial : Object.entries(initial));
  const calls: PhoneCall[] = [];
  return {
    behaviours,
    calls,
    callsTo: (number) => calls.filter((call) => call.to === number),
    ring(call) {
      const behaviour = behaviours.get(call.to);
      if (behaviour) calls.push(call);
      return behaviour;
    },
  };
}
