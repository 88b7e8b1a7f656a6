/**
 * The addresses that carriers call, answered on node:http itself: a caller waits for each, and the framework in between costs
 * more than the whole of the judgement (docs/benchmarks.md). Whatever is not exactly one of these addresses is left to the routes.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { WEBHOOK_VERBS, type WebhookVerb } from '../calls/webhook-address.ts';
import type { WebhookDesk, WebhookReply } from '../calls/webhook-desk.ts';
import type { WebhookRequest } from '../carriers/dialect.ts';
import { Failure } from '../domain/errors.ts';
import type { Metrics } from '../operations/metrics.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import type { Random } from '../system/system.ts';
import type { BodyWatch, Coming } from './body-watch.ts';
import type { Front } from './front.ts';
import { failureOf, problemHeaders, problemText, reportFailure, statusOf } from './problem.ts';

export interface WebhookLane {
  /** Answers a webhook of which nothing has been read yet. Never rejects. */
  answer(carrier: string, verb: WebhookVerb, request: IncomingMessage, response: ServerResponse): void;
  /** The same for one that is meant for a subscriber. */
  pass(carrier: string, subscriber: string, request: IncomingMessage, response: ServerResponse): void;
  /** The listener of a server: webhooks are answered here, all else by `others`. */
  before(others: RequestListener): RequestListener;
  /** From now on no connection is kept open after its answer: the server closes. */
  closing(): void;
}

interface Options {
  desk: WebhookDesk;
  metrics: Metrics;
  random: Random;
  log: Logger;
  load: LoadLevel;
  front: Pick<Front, 'bodies' | 'slowMs'>;
  /** Whether carriers that are refused have other processes to ask. */
  elsewhere: boolean;
  /** See src/http/headers.ts. */
  standing: readonly string[];
}

/** Carriers' webhooks have some 2 kB. */
const BODY_LIMIT_BYTES = 65_536;
/** Any carrier's id as it is; one that is escaped is left to the routes. */
const ADDRESS = new RegExp(`^/webhooks/([^/?%]+)/(${WEBHOOK_VERBS.join('|')})(?:\\?|$)`);
/** The same of what is meant for a subscriber. */
const PASS_ADDRESS = /^\/webhooks\/([^/?%]+)\/pass\/([^/?%]+)(?:\?|$)/;
const NO_BODY = Buffer.alloc(0);

type Verb = WebhookVerb | 'pass';

export const PASS_ROUTE = '/webhooks/:carrier/pass/:subscriber';
const ROUTES = Object.fromEntries([...WEBHOOK_VERBS.map((verb) => [verb, `/webhooks/:carrier/${verb}`]), ['pass', PASS_ROUTE]]) as Readonly<Record<Verb, string>>;

/** The whole body; undefined when it is larger than is taken. Says nothing at all when the other side goes away meanwhile. */
function readBody(bodies: BodyWatch, coming: Coming, done: (body: Buffer | undefined) => void): void {
  const { request } = coming;
  const chunks: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  request.on('data', (chunk: Buffer) => {
    if (tooLong) return;
    length += chunk.length;
    if (length <= BODY_LIMIT_BYTES) {
      chunks.push(chunk);
      bodies.hold(coming, chunk.length);
    } else {
      tooLong = true;
      chunks.length = 0;
      done(undefined);
    }
  });
  request.on('end', () => {
    bodies.end(coming);
    if (!tooLong) done(chunks.length === 1 ? chunks[0]! : chunks.length === 0 ? NO_BODY : Buffer.concat(chunks, length));
  });
}

export function createWebhookLane({ desk, metrics, random, log, load, front, standing, elsewhere }: Options): WebhookLane {
  const { bodies, slowMs } = front;
  let closing = false;

  function write(response: ServerResponse, status: number, headers: string[], body: string): void {
    // The other side has gone meanwhile.
    if (response.destroyed || response.headersSent) return;
    if (closing) headers.push('connection', 'close');
    response.writeHead(status, headers).end(body);
  }

  function give(response: ServerResponse, { document }: WebhookReply): void {
    if (document) write(response, 200, [...standing, 'content-type', document.contentType, 'content-length', String(Buffer.byteLength(document.body))], document.body);
    else write(response, 204, [...standing], '');
  }

  function refuse(response: ServerResponse, method: string, verb: Verb, error: unknown): void {
    const requestId = random.uuid();
    const failure = failureOf(error);
    const status = statusOf(failure.code);
    reportFailure(log, failure);
    if (load.level < LEVEL.admin) log.info({ requestId, method, route: ROUTES[verb], status, code: failure.code }, 'a webhook was refused');
    metrics.requests.inc({ method, route: ROUTES[verb], status });
    const body = problemText(failure, requestId);
    const named = { ...problemHeaders(failure), 'content-length': String(Buffer.byteLength(body)), 'x-request-id': requestId };
    const headers = [...standing, ...Object.entries(named).flat()];
    // What is left of a body that nobody wants ends with the connection.
    if (failure.code === 'body_too_large' && !closing) headers.push('connection', 'close');
    write(response, status, headers, body);
  }

  /** Reads the body, has `receive` make the answer of it, and writes that. */
  function reply(verb: Verb, request: IncomingMessage, response: ServerResponse, receive: (webhook: WebhookRequest) => WebhookReply | Promise<WebhookReply>): void {
    const stop = metrics.webhookSeconds.startTimer({ verb });
    const { method = '', url: target = '', headers } = request;
    // Before anything is read or proved: the second origin is to have it while the caller still waits.
    if (load.level >= LEVEL.webhooks && elsewhere && verb === 'voice') {
      metrics.shed.inc({ class: 'webhooks', why: 'load' });
      refuse(response, method, verb, new Failure('overloaded', undefined, { retryAfterSeconds: 1 }));
      stop();
      return;
    }
    readBody(bodies, bodies.begin(request, response, slowMs), (body) => {
      try {
        if (!body) throw new Failure('body_too_large');
        const replied = receive({ method, target, headers, body });
        if (!(replied instanceof Promise)) {
          give(response, replied);
          stop();
          return;
        }
        replied.then((given) => give(response, given)).catch((error: unknown) => refuse(response, method, verb, error)).finally(stop);
      } catch (error) {
        refuse(response, method, verb, error);
        stop();
      }
    });
  }

  const lane: WebhookLane = {
    answer: (carrier, verb, request, response) => reply(verb, request, response, (webhook) => desk.receive(carrier, verb, webhook)),
    pass: (carrier, subscriber, request, response) => reply('pass', request, response, (webhook) => desk.pass(carrier, subscriber, webhook)),
    before: (others) => (request, response) => {
      const { method, url = '' } = request;
      const isAsked = method === 'POST' || method === 'GET';
      const found = isAsked ? ADDRESS.exec(url) : null;
      const passed = isAsked && !found ? PASS_ADDRESS.exec(url) : null;
      if (found) lane.answer(found[1]!, found[2] as WebhookVerb, request, response);
      else if (passed) lane.pass(passed[1]!, passed[2]!, request, response);
      else others(request, response);
    },
    closing() {
      closing = true;
    },
  };
  return lane;
}
