/** Cuts a stream (TCP, TLS) into SIP messages by their Content-Length (RFC 3261, 18.3). */
import { contentLength, LONGEST_MESSAGE, parseHead, SipFault } from './message.ts';

export interface SipFramer {
  /** The messages that are complete with these octets. Throws `SipFault` when nobody can say where the next one begins. */
  push(octets: Buffer): string[];
}

/** Longest start line and headers together, octets. */
const LONGEST_HEAD = 16_384;

export function createSipFramer(): SipFramer {
  let waiting = '';
  /** No end of the headers before here. */
  let looked = 0;
  /** Octets of the message that waits, once its headers are there. */
  let whole: number | undefined;

  function lengthOfNext(): number | undefined {
    // Keep-alives (7.5; RFC 5626, 3.5.1).
    if (waiting.startsWith('\r\n')) {
      waiting = waiting.replace(/^(?:\r\n)+/, '');
      looked = 0;
    }
    const end = waiting.indexOf('\r\n\r\n', looked);
    if (end > LONGEST_HEAD || (end < 0 && waiting.length > LONGEST_HEAD)) throw new SipFault('longer headers than a message can have');
    looked = Math.max(0, waiting.length - 3);
    if (end < 0) return undefined;
    const length = contentLength(parseHead(waiting.slice(0, end)));
    if (length === undefined) throw new SipFault('no Content-Length in a stream');
    if (end + 4 + length > LONGEST_MESSAGE) throw new SipFault('longer than a message can be');
    return end + 4 + length;
  }

  function next(): string | undefined {
    whole ??= lengthOfNext();
    if (whole === undefined || waiting.length < whole) return undefined;
    const message = waiting.slice(0, whole);
    waiting = waiting.slice(whole);
    looked = 0;
    whole = undefined;
    return message;
  }

  return {
    push(octets) {
      waiting += octets.toString('latin1');
      const messages: string[] = [];
      for (let message = next(); message !== undefined; message = next()) messages.push(message);
      return messages;
    },
  };
}
