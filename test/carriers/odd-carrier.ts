/** What tests of carriers' APIs need beside a stand-in: a carrier that gives every request the same odd answer, and the failure that comes of it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { Failure } from '../../src/domain/errors.ts';

/** Its address, until the test has finished. `cut`: the connection is cut instead. */
export async function oddCarrier(answer: { status: number; body: string; headers?: Readonly<Record<string, string>> } | 'cut'): Promise<string> {
  const server = createServer((_request, response) => {
    if (answer === 'cut') response.destroy();
    else response.writeHead(answer.status, { location: '/elsewhere', ...answer.headers }).end(answer.body);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}
