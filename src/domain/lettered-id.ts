/** An id of letters alone: nothing in it looks like a telephone number or a token, so it may be in any log. */

const LETTERS = 26;
/** Bytes of chance, or of a hash, that an id is made of: 122 bits of them count. */
export const ID_BYTES = 26;

/** `prefix_` and 26 letters from as many bytes. */
export function letteredId(prefix: string, bytes: Uint8Array): string {
  return `${prefix}_${[...bytes.subarray(0, ID_BYTES)].map((byte) => String.fromCharCode(97 + (byte % LETTERS))).join('')}`;
}
