/**
 * Hides ids of the audit trail from keys of one customer. They are numbers of commits, and would tell one customer how much
 * all the others change. Each is one block, encrypted under a key of the customer's own: the same entry always has
 * the same id, no order shows, and what another customer was shown means nothing.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export interface Veil {
  hide(customer: string, id: string): Promise<string>;
  /** The id itself; undefined when this customer was never shown it. */
  reveal(customer: string, shown: string): Promise<string | undefined>;
}

/** A single block needs no mode, and no padding. */
const CIPHER = 'aes-256-ecb';
const BLOCK_BYTES = 16;

export function createVeil(readKey: () => Promise<Buffer>): Veil {
  let reading: Promise<Buffer> | undefined;

  async function keyOf(customer: string): Promise<Buffer> {
    reading ??= readKey().catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return createHmac('sha256', await reading).update(customer).digest();
  }

  return {
    async hide(customer, id) {
      const [revision = '0', at = '0'] = id.split('-');
      const block = Buffer.alloc(BLOCK_BYTES);
      block.writeBigUInt64BE(BigInt(revision), 0);
      block.writeBigUInt64BE(BigInt(at), BLOCK_BYTES / 2);
      const cipher = createCipheriv(CIPHER, await keyOf(customer), null).setAutoPadding(false);
      return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
    },
    async reveal(customer, shown) {
      const block = Buffer.from(shown, 'base64url');
      if (block.length !== BLOCK_BYTES) return undefined;
      const decipher = createDecipheriv(CIPHER, await keyOf(customer), null).setAutoPadding(false);
      const open = Buffer.concat([decipher.update(block), decipher.final()]);
      const [revision, at] = [open.readBigUInt64BE(0), open.readBigUInt64BE(BLOCK_BYTES / 2)];
      // What was not made here decrypts to some other numbers, far beyond those that commits have.
      return revision <= BigInt(Number.MAX_SAFE_INTEGER) && at <= 0xffff_ffffn ? `${revision}-${at}` : undefined;
    },
  };
}
