/** HMAC-SHA1 (RFC 2104) of texts under one key, each in base64. Made of two plain hashes, see src/system/hmac.ts. */
import { hash } from 'node:crypto';
import { BLOCK_BYTES, hmacBlocks } from '../system/hmac.ts';

const SHA1_BYTES = 20;
/** What a webhook signs is some 1 kB; for more than this room is made each time. */
const USUAL_BYTES = 8192;

/** `secret` and the texts count as UTF-8. */
export function createHmacSha1(secret: string): (text: string) => string {
  const blocks = hmacBlocks('sha1', Buffer.from(secret, 'utf8'));
  const usual = Buffer.alloc(BLOCK_BYTES + USUAL_BYTES);
  usual.set(blocks.inner);
  const outer = Buffer.alloc(BLOCK_BYTES + SHA1_BYTES);
  outer.set(blocks.outer);

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
