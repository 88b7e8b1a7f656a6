/**
 * Reads all that the service reads at its start and looks at none of it: as bytes from a socket, or through the Redis client, as
 * texts. What loading is compared with. Usage: raw-read.js socket|client REDIS
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { keys, NUMBER_SHARDS } from '../../src/store/keys.ts';

const [, , by = '', path = ''] = process.argv;
const SHARDS_AT_ONCE = 32;
const END = Buffer.from('+PONG\r\n');

const rounds = Array.from({ length: NUMBER_SHARDS / SHARDS_AT_ONCE }, (_, round) => Array.from({ length: SHARDS_AT_ONCE }, (_one, at) => keys.numberShard(round * SHARDS_AT_ONCE + at)));

/** A PING after each round says when all of it has come. */
async function bySocket(): Promise<number> {
  const socket = connect(path);
  let bytes = 0;
  for (const round of rounds) {
    socket.write(`${round.map((key) => `*2\r\n$7\r\nHGETALL\r\n$${key.length}\r\n${key}\r\n`).join('')}PING\r\n`);
    for (let last: Buffer = Buffer.alloc(0); !last.subarray(-END.length).equals(END);) {
      [last] = (await once(socket, 'data')) as [Buffer];
      bytes += last.length;
    }
  }
  socket.destroy();
  return bytes;
}

async function byClient(): Promise<number> {
  const redis = new Redis(path);
  let parts = 0;
  for (const round of rounds) {
    const pipeline = redis.pipeline();
    for (const key of round) pipeline.call('HGETALL', key);
    for (const [, reply] of (await pipeline.exec()) ?? []) parts += (reply as string[]).length;
  }
  redis.disconnect();
  return parts;
}

const started = performance.now();
const bytes = await (by === 'socket' ? bySocket() : byClient());
console.log(JSON.stringify({ ms: performance.now() - started, bytes }));
