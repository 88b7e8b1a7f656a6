/** A process with so many SIP servers, a UDP port each, which answer OPTIONS or are silent, and count what comes in each tenth of a second. Talks to its parent in lines of JSON. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const BUCKET_MS = 100;

const count = Number(process.argv[2] ?? 0);
const ports: number[] = [];
let answers = true;
let perBucket = new Map<number, number>();

for (let at = 0; at < count; at += 1) {
  const socket = createSocket('udp4');
  socket.on('message', (octets, from) => {
    const bucket = Math.floor(performance.now() / BUCKET_MS);
    perBucket.set(bucket, (perBucket.get(bucket) ?? 0) + 1);
    if (answers) socket.send(octets.toString('latin1').replace(/^OPTIONS [^\r]*/, 'SIP/2.0 200 OK'), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  ports.push(socket.address().port);
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

say(ports);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'silent') answers = false;
  else if (line === 'reset') perBucket = new Map();
  else if (line === 'counts') {
    const buckets = [...perBucket.keys()].sort((one, other) => one - other);
    const [first = 0, last = 0] = [buckets[0], buckets.at(-1)];
    // The first and the last are not whole.
    say(Array.from({ length: Math.max(0, last - first - 1) }, (_, at) => perBucket.get(first + 1 + at) ?? 0));
  }
}
