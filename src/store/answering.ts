/** Turns what ioredis throws into the catalogue's code; nothing of a command's arguments gets into the text. */
import { Failure } from '../domain/errors.ts';

/** Seconds after which a caller may try again when Redis does not answer. */
const RETRY_AFTER_SECONDS = 2;

export function storeUnavailable(cause: unknown, detail?: string): Failure {
  return new Failure('store_unavailable', detail, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** Redis has taken longer than somebody would wait: whether it was done is not known. */
export const slow = (): Failure => storeUnavailable(new Error('Redis is slow'));

/** Redis's own codes for a command that will be refused each time it is sent; with all others trying again may help. */
const FOR_GOOD = new Set(['WRONGTYPE', 'ERR']);

/** An error of Redis that a script met and gives as a text, as ioredis would give it. */
export function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

/** Redis's own code for what it refused, such as `READONLY`; undefined when it has not answered. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  // Redis 6.2 gives what a command within a script was refused for after its own words: `ERR Error running script …: -OOM …`.
  const [, within] = /^ERR Error running script.*?-([A-Z]+) /.exec(error.message) ?? [];
  return within ?? error.message.split(' ', 1)[0];
}

/** True when Redis has answered, and its answer to this command will not change. */
export function isRefusedForGood(error: unknown): boolean {
  return FOR_GOOD.has(replyCode(error) ?? '');
}

/** What was sent and got no reply may still be carried out: then nobody may say that nothing was changed. */
export const FATE_UNKNOWN = 'The store did not answer in time: whether the change was made is not known. Read it before trying again';

export async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw storeUnavailable(error);
  }
}
