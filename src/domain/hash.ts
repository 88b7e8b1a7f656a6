/** FNV-1a, 32 bits, of a text's UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/): spreads, hides nothing. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** 52 bits of a text, as a whole number above 0: two multiplicative hashes side by side. For texts that nobody can choose; hides nothing. */
export function hash52(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
  }
  // The upper bits of a product depend on more of the text than the lower ones do: they are folded in.
  low = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d);
  high = Math.imul(high ^ (high >>> 13), 0x297a2d39);
  low ^= high >>> 16;
  return (high >>> 12) * 4_294_967_296 + (low >>> 0) + 1;
}
