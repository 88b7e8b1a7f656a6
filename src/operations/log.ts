/** The log: pino, one JSON object a line, constant messages; what must never be read in a log is removed here too. */
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { safeText } from './safe-text.ts';

/** Fields that would hold a secret if somebody logged the object they are in. */
const SECRET_FIELDS = ['authorization', 'authToken', 'nextAuthToken', 'key', 'hash', 'secret', 'password'];

const redacted = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Texts of foreign errors may quote numbers and secrets: in the message and in the stack alike. */
function safeError(error: Error): ReturnType<typeof stdSerializers.err> {
  const plain = stdSerializers.err(error);
  const { type, message, stack } = plain;
  return { type, message: safeText(message), stack: safeText(stack), ...('code' in plain ? { code: plain['code'] } : {}) } as ReturnType<typeof stdSerializers.err>;
}

export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: { paths: redacted, censor: '(redacted)' }, serializers: { err: safeError }, formatters: { level: (label: string) => ({ level: label }) } };
  return destination ? pino(options, destination) : pino(options);
}
