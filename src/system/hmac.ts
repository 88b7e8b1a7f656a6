/**
 * The two blocks of a key that HMAC (RFC 2104) puts before what it hashes. An HMAC is then two plain hashes: `crypto.createHmac` makes objects
 * for every text, and they cost three times what the hashing does (docs/benchmarks.md).
 */
import { hash } from 'node:crypto';

/** Of SHA-1 and SHA-256. */
export const BLOCK_BYTES = 64;

/** A key longer than a block counts as its hash. */
export function hmacBlocks(algorithm: 'sha1' | 'sha256', secret: Uint8Array): { inner: Buffer; outer: Buffer } {
  const key = secret.length > BLOCK_BYTES ? hash(algorithm, secret, 'buffer') : secret;
  const padded = (pad: number): Buffer => Buffer.alloc(BLOCK_BYTES).map((_, at) => (key[at] ?? 0) ^ pad) as Buffer;
  return { inner: padded(0x36), outer: padded(0x5c) };
}
