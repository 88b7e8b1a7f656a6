/** Hashes read as bytes: whatever is in them and in whatever pieces they come, and what happens when they do not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReplyReader, readHashes, type TakePair } from '../../src/store/hash-reader.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();

/** Notes what it is given, as latin1: each byte by itself. */
function noting(): { taken: string[]; take: TakePair } {
  const taken: string[] = [];
  const text = (bytes: Uint8Array, from: number, end: number): string => Buffer.from(bytes.subarray(from, end)).toString('latin1');
  return { taken, take: (bytes, field, fieldEnd, value, valueEnd) => void taken.push(text(bytes, field, fieldEnd), text(bytes, value, valueEnd)) };
}

const part = fc.string({ unit: fc.constantFrom('\r', '\n', '$', '*', '3', '+', '-', 'a', '\t', '\u00ff'), maxLength: 12 });
const hashes = fc.array(fc.array(fc.tuple(part, part), { maxLength: 4 }), { minLength: 1, maxLength: 5 });

describe('the reader of replies', () => {
  test('gives each field with its value, in whatever pieces they come', () => {
    fc.assert(fc.property(hashes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (all, sizes) => {
      const replies = all.map((pairs) => `*${pairs.length * 2}\r\n${pairs.flat().map((one) => `$${one.length}\r\n${one}\r\n`).join('')}`);
      const bytes = Buffer.from(replies.join(''), 'latin1');
      const { taken, take } = noting();
      const reader = createReplyReader(take);
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        reader.read(bytes.subarray(at, at + size));
        at += size;
      }
      expect(taken).toEqual(all.flat(2));
      expect(reader.replies).toBe(all.length);
    }), { numRuns: 200 });
  });

  test.each(['-WRONGTYPE that is no hash\r\n', '*2\r\n$1\r\na\r\n-LOADING wait\r\n'])('throws what Redis refuses with: %j', (text) => {
    expect(() => createReplyReader(() => undefined).read(Buffer.from(text))).toThrow(/^(WRONGTYPE|LOADING) /);
  });
});

describe('reading hashes', () => {
  const many = Array.from({ length: 60 }, (_, at) => `hash:${at}`);

  test('reads all of many, also those that are not there', async () => {
    const { redis } = here.world;
    const { taken, take } = noting();
    for (const [at, key] of many.entries()) if (at % 2 === 0) await redis.hset(key, `field ${at}`, 'x'.repeat(at * 4000));
    let done = 0;
    await readHashes(redis, many, take, (now) => {
      done = now;
    });
    expect(done).toBe(many.length);
    const read = taken.map((text) => (text.startsWith('field') ? text : text.length));
    expect(read).toEqual(many.flatMap((_, at) => (at % 2 === 0 ? [`field ${at}`, at * 4000] : [])));
  });

  test('rejects with what Redis says', async () => {
    await here.world.redis.set('hash:3', 'no hash');
    await expect(readHashes(here.world.redis, many, () => undefined, () => undefined)).rejects.toThrow('WRONGTYPE');
  });

  test('ends with the connection whose place it shares', async () => {
    const { redis } = here.world;
    const follower = redis.duplicate({ enableOfflineQueue: true });
    await follower.ping();
    // So many that they take some hundred times as long as leaving does.
    const reading = readHashes(follower, Array.from({ length: 100 }, () => many).flat(), () => undefined, () => undefined);
    follower.disconnect();
    await expect(reading).rejects.toThrow();
    await expect.poll(() => redis.client('LIST')).not.toContain('ringthrough-bulk');
  });
});
