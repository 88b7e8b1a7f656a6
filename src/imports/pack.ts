/** Packs what an import keeps in Redis: many rows that are much alike, so they deflate to a tenth. Off the event loop. */
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

export function pack(value: unknown): Promise<Buffer> {
  return deflate(JSON.stringify(value), { level: constants.Z_BEST_SPEED });
}

/** Undefined when it cannot be read. */
export async function unpack(packed: Buffer): Promise<unknown> {
  try {
    return JSON.parse((await inflate(packed)).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
