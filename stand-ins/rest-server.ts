/** The listening side of a carrier's REST API: what was asked is kept, faults come on demand, and what is answered is each carrier's own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createFaults, type Fault, type Faults } from './faults.ts';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
  fault: Fault | undefined;
  /** Undefined when it was never answered. */
  status: number | undefined;
}

export interface RestAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  body?: object | string;
}

export interface RestCarrier {
  answer(asked: Asked): RestAnswer | Promise<RestAnswer>;
  /** What this carrier says when it is asked too often. */
  throttled(withWait: boolean): RestAnswer;
  /** What it says when it fails. */
  broken: RestAnswer;
}

export interface RestPace {
  /** False: this request is one too many, and answered as throttled. Default: none is. */
  admits?(asked: Asked): boolean;
  /** Each answer takes this long, milliseconds; default 0. */
  latencyMs?: number;
}

export interface RestServer {
  url: string;
  /** Everything that was asked, in order. */
  requests: readonly Asked[];
  faults: Faults;
  close(): Promise<void>;
}

type Sent = Pick<Asked, 'headers' | 'body'>;

/** The body as a form; undefined when it is said to be something else. */
export function formOf({ headers, body }: Sent): URLSearchParams | undefined {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(String(headers['content-type'])) ? new URLSearchParams(body) : undefined;
}

/** HTTP Basic credentials as they must be given. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function askedBy(request: IncomingMessage, fault: Fault | undefined): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
  return { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), fault, status: undefined };
}

function send(response: ServerResponse, { status, headers = {}, body }: RestAnswer): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const type = typeof body === 'object' ? { 'Content-Type': 'application/json; charset=utf-8' } : {};
  response.writeHead(status, { ...type, ...headers }).end(text);
}

export async function createRestServer(carrier: RestCarrier, { admits = () => true, latencyMs = 0 }: RestPace = {}): Promise<RestServer> {
  const requests: Asked[] = [];
  const faults = createFaults();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await askedBy(request, faults.take());
    requests.push(asked);
    const { fault } = asked;
    if (fault === 'hang') return;
    if (latencyMs > 0) await pause(latencyMs);
    const refused = !admits(asked) ? carrier.throttled(false) : fault === 'throttled' || fault === 'throttled-with-wait' ? carrier.throttled(fault === 'throttled-with-wait') : fault === 'broken' ? carrier.broken : undefined;
    const processed = refused ?? await carrier.answer(asked);
    if (fault === 'accept-then-hang') return;
    const answer = fault === 'accept-then-break' ? carrier.broken : processed;
    asked.status = answer.status;
    send(response, answer);
  }

  const server = createServer((request, response) => { serve(request, response).catch(() => response.destroy()); });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests, faults,
    close() {
      // Requests that were left hanging on purpose would keep it open.
      server.closeAllConnections();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}
