/**
 * The HTTP server, with its bounds: how many connect, how long anybody may take over sending and reading, how much may be
 * sent. docs/overload.md has one row a bound.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Metrics } from '../operations/metrics.ts';
import type { Timers } from '../system/system.ts';
import { RESERVED, type ConnectionGate } from './connection-gate.ts';
import type { Front } from './front.ts';

export interface HttpServerOptions {
  listener: RequestListener;
  front: Front;
  metrics: Pick<Metrics, 'clientsCutOff' | 'connectionsRefused'>;
  timers: Timers;
}

/** Longer than load balancers keep a connection (60 s), so that it is they who close it and no request meets a closed one. */
const KEEP_ALIVE_MS = 72_000;
/** When connections are short. None that is open is closed for it: it may be a carrier's, with a webhook on its way. */
const CROWDED_KEEP_ALIVE_MS = 5000;
/** Of the address and all headers together. */
const MAX_HEADER_BYTES = 16_384;
const MAX_HEADERS = 100;
/** A million rows over a slow line. What is idle for long is cut off all the same. */
const LONGEST_UPLOAD_MS = 3_600_000;

/** A body other than a webhook's, and an answer of which nothing is taken, have so many times the time of headers. */
const PATIENCE = 3;

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, why: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'headers-slow'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers-too-large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Content Too Large', 'malformed'],
};

/** The shortest valid answer to what cannot be read as HTTP, or does not come. */
export function createClientErrorAnswer(metrics: Pick<Metrics, 'clientsCutOff'>): (error: Error & { code?: string }, socket: Socket) => void {
  return ({ code = '' }, socket) => {
    const [status, why] = CLIENT_ERRORS[code] ?? ['400 Bad Request', 'malformed'];
    if (code !== 'ECONNRESET') metrics.clientsCutOff.inc({ why });
    if (code !== 'ECONNRESET' && socket.writable) socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.destroy();
  };
}

const hasBody = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
/** Takes as long as it takes: bounded by the time of a whole request, and in number by its class. */
const isUpload = ({ method, url = '' }: IncomingMessage): boolean => method === 'POST' && /^\/v1\/imports\/?(?:\?|$)/.test(url);

/** Requests other than webhooks: who sends the body too slowly is cut off, also while it is thrown away. */
export function watchBodies({ bodies, slowMs }: Front, listener: RequestListener): RequestListener {
  return (request, response) => {
    if (hasBody(request) && !isUpload(request)) {
      const coming = bodies.begin(request, response, slowMs * PATIENCE);
      request.once('close', () => bodies.end(coming));
    }
    listener(request, response);
  };
}

/** Requests in a row of one connection that come ahead of the answer to the one before. Hardly any client sends a second before it has the first. */
const MOST_AHEAD = 16;
const ahead = Symbol('ahead');

/**
 * Who asks on and on without waiting for answers is cut off: all that has been read of one connection is done before
 * those of all others, and in what is read at once there is room for hundreds.
 */
function boundPipelining(metrics: Pick<Metrics, 'clientsCutOff'>, listener: RequestListener): RequestListener {
  return (request, response) => {
    const socket = request.socket as Socket & { [ahead]?: number };
    // An answer has its connection once those before it are written.
    if (response.socket !== null) {
      if (socket[ahead]) socket[ahead] = 0;
      listener(request, response);
      return;
    }
    // What had been read before it was cut off comes all the same.
    if (socket.destroyed) return;
    socket[ahead] = (socket[ahead] ?? 0) + 1;
    if (socket[ahead] > MOST_AHEAD) {
      metrics.clientsCutOff.inc({ why: 'pipelining' });
      socket.destroy();
      return;
    }
    listener(request, response);
  };
}

/** Asks the gate before anything is set up for a connection. */
function guard(server: Server, gate: ConnectionGate): void {
  const attach = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (!gate.enter(socket)) return;
    for (const listener of attach) listener.call(server, socket);
  });
}

export function createHttpServer({ listener, front, metrics, timers }: HttpServerOptions): Server {
  const { gate, bodies, everyMs, slowMs, mostConnections, tls } = front;
  const bounds = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: slowMs, requestTimeout: LONGEST_UPLOAD_MS, connectionsCheckingInterval: everyMs, maxHeaderSize: MAX_HEADER_BYTES };
  const answered = boundPipelining(metrics, listener);
  // A handshake is the client's to send, as headers are.
  const secure = tls && createTlsServer({ ...bounds, ...tls.context, handshakeTimeout: slowMs }, answered);
  const server: Server = secure ?? createServer(bounds, answered);
  server.maxHeadersCount = MAX_HEADERS;
  // Where even the reserved are taken, without so much as looking at who it is.
  server.maxConnections = mostConnections + RESERVED;
  server.on('drop', () => metrics.connectionsRefused.inc({ reason: 'all' }));
  server.timeout = slowMs * PATIENCE;
  server.on('timeout', (socket: Socket) => {
    if (socket.writableLength > 0) metrics.clientsCutOff.inc({ why: 'not-reading' });
    socket.destroy();
  });
  guard(server, gate);

  let cancel: (() => void) | undefined;
  let endRenewals: (() => void) | undefined;
  server.on('listening', () => {
    if (secure) endRenewals ??= tls?.keepFresh(secure);
    cancel ??= timers.every(everyMs, () => {
      bodies.turn();
      server.keepAliveTimeout = gate.crowded ? CROWDED_KEEP_ALIVE_MS : KEEP_ALIVE_MS;
    });
  });
  server.on('close', () => {
    cancel?.();
    cancel = undefined;
    endRenewals?.();
    endRenewals = undefined;
  });
  return server;
}
