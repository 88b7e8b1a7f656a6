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

/** When nobody reads what is logged, lines beyond this are left out: a log that is not read must hold up no call. */
const MOST_WAITING_BYTES = 16_777_216;

/**
 * The log of the service. Lines are written beside the work, many at once when there are many, and what is left at the end of
 * the process before it ends; only a process that is killed loses the last of them.
 */
export function createLog(level: string, destination: DestinationStream = pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING_BYTES })): Logger {
  const options = { level, base: null, redact: { paths: redacted, censor: '(redacted)' }, serializers: { err: safeError }, formatters: { level: (label: string) => ({ level: label }) } };
  return pino(options, destination);
}

/** The same log without the search for secrets, which costs more than the line: for lines of plain texts and numbers alone. */
export function plainLines(log: Logger): Logger {
  return log.child({}, { redact: [] });
}
