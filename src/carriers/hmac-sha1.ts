/**
 * HMAC-SHA1 (RFC 2104) of texts under one key, each in base64. Made of two plain hashes: `crypto.createHmac` makes objects for every
 * text, and they cost three times what the hashing does (docs/benchmarks.md).
 */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const SHA1_BYTES = 20;
/** What a webhook signs is some 1 kB; for more than this room is made each time. */
const USUAL_BYTES = 8192;

/** One block of the key, padded. A key longer than that counts as its hash. */
function padded(secret: string, pad: number): Uint8Array {
  const bytes = Buffer.from(secret, 'utf8');
  const key = bytes.length > BLOCK_BYTES ? hash('sha1', bytes, 'buffer') : bytes;
  return Buffer.alloc(BLOCK_BYTES).map((_, at) => (key[at] ?? 0) ^ pad);
}

/** `secret` and the texts count as UTF-8. */
export function createHmacSha1(secret: string): (text: string) => string {
  const usual = Buffer.alloc(BLOCK_BYTES + USUAL_BYTES);
  usual.set(padded(secret, 0x36));
  const outer = Buffer.alloc(BLOCK_BYTES + SHA1_BYTES);
  outer.set(padded(secret, 0x5c));

  function digest(inner: Buffer, text: string): string {
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8');
    outer.write(hash('sha1', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha1', outer, 'base64');
  }

  return (text) => {
    // No character of a JavaScript text takes more than three bytes.
    if (text.length * 3 <= USUAL_BYTES || Buffer.byteLength(text) <= USUAL_BYTES) return digest(usual, text);
    const large = Buffer.alloc(BLOCK_BYTES + Buffer.byteLength(text));
    large.set(usual.subarray(0, BLOCK_BYTES));
    return digest(large, text);
  };
}
