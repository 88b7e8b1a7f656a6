/** A request that is half here when the service is told to stop is answered as any other, and its connection ends with that. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ADMIN_KEY, startService } from '../support/service.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

test('it is answered, and then the service ends', async () => {
  const service = await startService({ redis });
  const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1' });
  const half = new Promise((arrived) => service.app.server.once('connection', (server) => server.once('data', arrived)));
  socket.write('GET /v1/customers HTTP/1.1\r\nhost: localhost\r\n');
  await half;
  const closed = service.close();
  socket.write(`authorization: Bearer ${ADMIN_KEY}\r\n\r\n`);
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect(answer).toContain('{"items":[]}');
  await closed;
});
