/** One OPTIONS as a question: made new each time, and what an answer to it says. */
import { BRANCH_MARK, answersOptions, retryAfterSeconds, writeOptions, type OptionsRequest, type SipTransport } from '../../sip/options.ts';
import { parseSip, type SipMessage } from '../../sip/message.ts';
import type { ProbeOutcome } from '../../domain/probe.ts';
import type { Random } from '../../system/system.ts';

export interface SipQuestion {
  text: string;
  /** The outcome when it is the final answer; `provisional`; undefined for what is no answer to it. */
  read(text: string, ms: number): ProbeOutcome | 'provisional' | undefined;
}

/** 10 octets: nobody guesses a branch or a Call-ID, so nobody answers who was not asked. */
const OCTETS = 10;

export function sipQuestion({ uri, transport, local, random }: Pick<OptionsRequest, 'uri' | 'transport' | 'local'> & { transport: SipTransport; random: Random }): SipQuestion {
  const dice = random.bytes(2 * OCTETS + 4).toString('hex');
  const request: OptionsRequest = { uri, transport, local, branch: BRANCH_MARK + dice.slice(0, 2 * OCTETS), callId: dice.slice(2 * OCTETS, 4 * OCTETS), tag: dice.slice(4 * OCTETS), cseq: 1 };
  return {
    text: writeOptions(request),
    read(text, ms) {
      let message: SipMessage;
      try {
        message = parseSip(text);
        if (!answersOptions(message, request)) return undefined;
      } catch {
        // Whatever it is that came, it is no answer, and no reason to fall.
        return undefined;
      }
      const status = 'status' in message.start ? message.start.status : 0;
      if (status < 200) return 'provisional';
      const retry = retryAfterSeconds(message);
      return { is: 'answered', status, ms, ...(retry === undefined ? {} : { retryAfterSeconds: retry }) };
    },
  };
}
