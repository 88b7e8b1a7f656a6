/** Reads all that the service reads at its start, as bytes, and looks at none: what loading is compared with. Usage: raw-read.js REDIS */
import { connect } from 'node:net';
import { keys, NUMBER_SHARDS } from '../../src/store/keys.ts';

const [, , path = ''] = process.argv;
const SHARDS_AT_ONCE = 32;
const END = '+PONG\r\n';

const started = performance.now();
const socket = connect(path);
let bytes = 0;
let next = 0;

/** A PING after each round says when all of it has come. */
function ask(): void {
  let text = '';
  for (const until = next + SHARDS_AT_ONCE; next < until; next += 1) {
    const key = keys.numberShard(next);
    text += `*2\r\n$7\r\nHGETALL\r\n$${key.length}\r\n${key}\r\n`;
  }
  socket.write(`${text}PING\r\n`);
}

socket.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
  if (!chunk.subarray(-END.length).equals(Buffer.from(END))) return;
  if (next < NUMBER_SHARDS) ask();
  else {
    console.log(JSON.stringify({ ms: performance.now() - started, bytes }));
    socket.destroy();
  }
});
ask();
