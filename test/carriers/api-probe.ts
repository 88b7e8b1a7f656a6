/** What tests of carriers' APIs need: an API that gives odd answers, and the failure that comes of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { Failure } from '../../src/domain/errors.ts';

export interface OddAnswers {
  /** The address of an API that gives every request this answer. */
  at(status: number, body: string, headers?: Readonly<Record<string, string>>): Promise<string>;
  close(): void;
}

export function createOddAnswers(): OddAnswers {
  const servers: Server[] = [];
  return {
    async at(status, body, headers = {}) {
      const server = createServer((_, response) => { response.writeHead(status, headers).end(body); });
      servers.push(server);
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    close() {
      for (const server of servers.splice(0)) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}
