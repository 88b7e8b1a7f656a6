/** One HTTP request of a webhook, with the carrier's time-outs in real time. Knows nothing of what is asked or answered. */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Timers } from './outside.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** The public URL: what Host and the path are taken from. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  connectMs: number;
  readMs: number;
}

export interface HttpReply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** `ct`: no connection came about; `rt`: it did, and no whole answer came. */
export type HttpOutcome = { is: 'reply'; reply: HttpReply } | { is: 'failed'; at: 'ct' | 'rt'; detail: string };

/** Where a public origin such as `https://calls.example.net` really listens: a stand-in for DNS and the TLS terminator. */
export type Origins = ReadonlyMap<string, string>;

export function exchange(timers: Timers, origins: Origins, wanted: HttpRequest): Promise<HttpOutcome> {
  const url = new URL(wanted.url);
  const target = new URL(origins.get(url.origin) ?? url.origin);
  return new Promise((resolve) => {
    let connected = false;
    let stopTimer = () => {};
    const end = (outcome: HttpOutcome) => {
      stopTimer();
      resolve(outcome);
    };
    const fail = (detail: string) => {
      end({ is: 'failed', at: connected ? 'rt' : 'ct', detail });
      outgoing.destroy();
    };
    const send = target.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = send({
      host: target.hostname.replace(/^\[|\]$/g, ''), port: target.port, method: wanted.method, path: `${url.pathname}${url.search}`, agent: false,
      headers: { ...wanted.headers, Host: url.host, Connection: 'close' },
    }, (reply) => { collect(reply).then(end, (error: Error) => fail(error.message)); });
    stopTimer = timers.after(wanted.connectMs, () => fail(`No connection within ${wanted.connectMs} ms`));
    outgoing.on('error', (error) => fail(error.message));
    outgoing.on('socket', (socket) => socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true;
      stopTimer();
      stopTimer = timers.after(wanted.readMs, () => fail(`No whole answer within ${wanted.readMs} ms`));
    }));
    outgoing.end(wanted.body);
  });
}

function collect(reply: IncomingMessage): Promise<HttpOutcome> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    reply.on('data', (chunk: Buffer) => chunks.push(chunk));
    reply.on('error', reject);
    reply.on('aborted', () => reject(new Error('The answer was cut short')));
    reply.on('end', () => resolve({ is: 'reply', reply: { status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks) } }));
  });
}
