/**
 * Reads many hashes as the bytes that come. What Redis gives of a million numbers are two million parts, and of each the client's own
 * parser makes objects: that took longer than all the rest of a start. So the client finds the server, logs in and speaks TLS, and
 * what is asked after that, HGETALL and nothing else, is written and read here.
 */
import type { Redis } from 'ioredis';
import { replyError, slow } from './answering.ts';
import { COMMAND_TIMEOUT_MS } from './connections.ts';

/** Told of each field and its value: where both begin and end in `bytes`, which are valid until it returns. */
export type TakePair = (bytes: Uint8Array, field: number, fieldEnd: number, value: number, valueEnd: number) => void;

/** Asked at once: Redis reads the next while these are taken in, and with a thousand numbers each nobody else waits for more than some milliseconds. */
const AT_ONCE = 16;
const NONE: Buffer = Buffer.alloc(0);
const [CR, ARRAY, BULK, ZERO] = [0x0d, 0x2a, 0x24, 0x30];
const INCOMPLETE = -1;

/** Takes the replies apart, whatever the pieces in which they come (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export function createReplyReader(take: TakePair) {
  let rest: Buffer = NONE;
  let partsLeft = 0;
  let replies = 0;
  /** Where the line that was read last ends. */
  let lineEnd = 0;

  /** The number in the line at `from`, which begins with `kind`. Throws what Redis says instead. */
  function count(bytes: Buffer, from: number, kind: number): number {
    let found = 0;
    let at = from + 1;
    for (let byte = bytes[at]; byte !== CR; byte = bytes[at]) {
      if (byte === undefined) return INCOMPLETE;
      found = found * 10 + byte - ZERO;
      at += 1;
    }
    if (at + 1 >= bytes.length) return INCOMPLETE;
    lineEnd = at + 2;
    if (bytes[from] !== kind) throw replyError(bytes.toString('utf8', from + 1, at));
    return found;
  }

  /** Takes the pair at `from`; returns where it ends. */
  function pair(bytes: Buffer, from: number): number {
    const fieldLength = count(bytes, from, BULK);
    const field = lineEnd;
    if (fieldLength === INCOMPLETE || field + fieldLength + 2 >= bytes.length) return INCOMPLETE;
    const valueLength = count(bytes, field + fieldLength + 2, BULK);
    const value = lineEnd;
    if (valueLength === INCOMPLETE || value + valueLength + 2 > bytes.length) return INCOMPLETE;
    take(bytes, field, field + fieldLength, value, value + valueLength);
    return value + valueLength + 2;
  }

  return {
    /** How many replies have come whole. */
    get replies() {
      return replies;
    },
    read(piece: Buffer): void {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let at = 0;
      while (at < bytes.length) {
        const begins = partsLeft === 0;
        const found = begins ? count(bytes, at, ARRAY) : pair(bytes, at);
        if (found === INCOMPLETE) break;
        at = begins ? lineEnd : found;
        partsLeft = begins ? found : partsLeft - 2;
        if (partsLeft === 0) replies += 1;
      }
      rest = bytes.subarray(at);
    },
  };
}

const commandFor = (key: string): string => `*2\r\n$7\r\nHGETALL\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n`;

/**
 * Over a connection of its own to where `redis` is connected; ends with that. `onProgress` gets how many hashes have been read. Rejects
 * when the connection ends, or is silent for too long, before all has come.
 */
export async function readHashes(redis: Redis, hashes: readonly string[], take: TakePair, onProgress: (done: number) => void): Promise<void> {
  const connection = redis.duplicate({ connectionName: 'ringthrough-bulk', enableOfflineQueue: true, retryStrategy: null, protocol: 2 });
  const leave = (why?: Error): void => {
    connection.disconnect();
    connection.stream?.destroy(why);
  };
  const ended = (): void => leave();
  // Told by what is asked of it.
  connection.on('error', () => undefined);
  redis.once('close', ended);
  try {
    // The answers to what the client itself asks at the beginning come before this one.
    await connection.ping();
    const { stream } = connection;
    stream.removeAllListeners('data');
    stream.setTimeout(COMMAND_TIMEOUT_MS, () => leave(slow()));
    const reader = createReplyReader(take);
    let asked = 0;
    const ask = (upTo: number): void => {
      if (asked >= upTo) return;
      stream.write(hashes.slice(asked, upTo).map(commandFor).join(''));
      asked = Math.min(upTo, hashes.length);
    };
    ask(AT_ONCE);
    for await (const piece of stream as AsyncIterable<Buffer>) {
      reader.read(piece);
      ask(reader.replies + AT_ONCE);
      onProgress(reader.replies);
      if (reader.replies === hashes.length) return;
    }
    throw new Error('the connection to Redis ended before all was read');
  } finally {
    redis.off('close', ended);
    connection.disconnect();
  }
}
