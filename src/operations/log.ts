/** The log: pino, one JSON object a line, constant messages; what must never be read in a log is removed here too. */
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { accountOf, CARRIER_KINDS } from '../domain/carrier.ts';
import { safeText } from './safe-text.ts';

/** Fields that would hold a secret if somebody logged the object they are in. */
const SECRET_FIELDS = [...new Set(['authorization', 'key', 'hash', 'secret', 'nextSecret', 'password', ...CARRIER_KINDS.flatMap((kind) => accountOf(kind).secrets)])];

const redacted = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Texts of foreign errors may quote numbers and secrets: in the message and in the stack alike. */
function safeError(error: Error): ReturnType<typeof stdSerializers.err> {
  const plain = stdSerializers.err(error);
  const { type, message, stack } = plain;
  return { type, message: safeText(message), stack: safeText(stack), ...('code' in plain ? { code: plain['code'] } : {}) } as ReturnType<typeof stdSerializers.err>;
}

/** What waits at most: a log that nobody reads must hold up no call. */
const MOST_WAITING_BYTES = 16_777_216;

/** How long the end of a process waits for who reads its log, milliseconds. */
const READ_WITHIN_MS = 3000;

export interface LogOutput extends DestinationStream {
  flushSync(): void;
  /** Resolves when what was logged has been taken by who reads it, or nobody takes it (`after`: a timer): a process that ends before loses what is under way, and cuts a line in two. */
  taken(after: (ms: number, task: () => void) => unknown): Promise<void>;
}

/**
 * Standard output; when nobody reads it, lines beyond MOST_WAITING_BYTES are left out. What is logged in one turn of the event loop is handed on as one text: line by line,
 * each one is measured again with all that waits before it, and begins a write of its own, which costs a call several times what making the line does (docs/benchmarks.md).
 */
export function createLogOutput(): LogOutput {
  const destination = pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING_BYTES });
  let lines = '';
  let isTaken = true;
  let isGivenUp = false;
  let tell: () => void = () => undefined;
  function allTaken(): void {
    isTaken = true;
    tell();
  }
  destination.on('drain', allTaken);
  destination.on('error', allTaken);
  function handOn(): void {
    const text = lines;
    lines = '';
    if (text === '' || isGivenUp) return;
    isTaken = false;
    destination.write(text);
  }
  function flushSync(): void {
    handOn();
    if (!isGivenUp) destination.flushSync();
  }
  /** At the end of a process what waits is written at once, behind a line of which only a part was taken so far: the two would be one, of which nobody can make anything. */
  function giveUp(): void {
    isGivenUp = true;
    destination.destroy();
  }
  process.once('exit', flushSync);
  return {
    write(line) {
      if (lines === '') setImmediate(handOn);
      lines += line;
    },
    flushSync,
    async taken(after) {
      handOn();
      if (isTaken) return;
      await new Promise<void>((resolve) => {
        tell = resolve;
        after(READ_WITHIN_MS, () => {
          if (!isTaken) giveUp();
          resolve();
        });
      });
    },
  };
}

/**
 * The log of the service. Lines are written beside the work, many at once when there are many, and what is left at the end of
 * the process before it ends (`taken` of its output); only a process that is killed loses the last of them.
 */
export function createLog(level: string, destination: DestinationStream = createLogOutput()): Logger {
  const options = { level, base: null, redact: { paths: redacted, censor: '(redacted)' }, serializers: { err: safeError }, formatters: { level: (label: string) => ({ level: label }) } };
  return pino(options, destination);
}

/** The same log without the search for secrets, which costs more than the line: for lines of plain texts and numbers alone. */
export function plainLines(log: Logger): Logger {
  return log.child({}, { redact: [] });
}
