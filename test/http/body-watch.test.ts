/** Unfinished bodies have a bound together: the oldest makes room, the newest comes through, and what is complete is not counted. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createBodyWatch } from '../../src/http/body-watch.ts';
import { createMetrics } from '../../src/operations/metrics.ts';
import { rawClient, statusLine, type RawClient } from '../support/raw-client.ts';

const MOST = 100_000;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

test('beyond the bound the oldest that holds something is cut off, and its memory is free', async () => {
  const watch = createBodyWatch({ everyMs: 1000, metrics: createMetrics(), mostHeldBytes: MOST });
  server = createServer((request, response) => {
    const coming = watch.begin(request, response, 10_000);
    request.on('data', (chunk: Buffer) => watch.hold(coming, chunk.length));
    request.on('end', () => {
      watch.end(coming);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  const listening = server;
  await expect.poll(() => listening.listening).toBe(true);
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;

  const head = (length: number): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
  const idle = await rawClient(url);
  idle.socket.write(head(10));
  const clients: RawClient[] = [];
  for (let at = 0; at < 5; at += 1) {
    const client = await rawClient(url);
    client.socket.write(head(50_000) + 'x'.repeat(40_000));
    clients.push(client);
    // Two fit; each further one takes the place of the oldest.
    await expect.poll(() => watch.heldBytes).toBe(Math.min(at + 1, 2) * 40_000);
    await expect.poll(() => clients.filter(({ isOver }) => !isOver).length).toBe(Math.min(at + 1, 2));
  }
  expect(clients.map(({ isOver }) => isOver)).toEqual([true, true, true, false, false]);
  for (const { received } of clients.slice(0, 3)) expect(['HTTP/1.1 408 Request Timeout', '']).toContain(statusLine(received));
  expect(idle.isOver).toBe(false);
  for (const { socket } of clients.slice(3)) socket.write('x'.repeat(10_000));
  await expect.poll(() => clients.slice(3).map(({ received }) => statusLine(received))).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  expect(watch.heldBytes).toBe(0);
  for (const { socket } of [idle, ...clients]) socket.destroy();
});
